"""Which playground the command line is about: the one of this machine, or a release on a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import click

from playground.errors import StackError

if TYPE_CHECKING:
    from playground.cluster.forwarding import ForwardedApi
    from playground.cluster.release import Place
    from playground.cluster.stack import ClusterStack

Name = Literal["local", "kube"]
TARGETS: tuple[Name, ...] = ("local", "kube")


@dataclass(frozen=True)
class Target:
    """What was asked for with --target, --context, --namespace and --kubeconfig."""

    name: Name = "local"
    context: str | None = None
    namespace: str | None = None
    kubeconfig: str | None = None

    @property
    def place(self) -> Place:
        """Where the release is."""
        from playground.cluster.release import Place  # noqa: PLC0415 - kept out of `--help`

        return Place(self.context, self.namespace, self.kubeconfig)


@dataclass
class Chosen:
    """The target of this command, and what is open to it: made once, closed with the command."""

    target: Target
    _stack: ClusterStack | None = None
    _api: ForwardedApi | None = field(default=None)

    def stack(self) -> ClusterStack:
        """The stack on the cluster. Raises StackError when it is not reached."""
        if self._stack is None:
            from playground.cluster.signals import cluster_stack  # noqa: PLC0415 - kept out of `--help`

            self._stack = cluster_stack(self.target.place)
        return self._stack

    def api_url(self) -> str:
        """Where the API of the cluster answers on this machine, until `close`."""
        if self._api is None:
            from playground.cluster.forwarding import ForwardedApi  # noqa: PLC0415 - kept out of `--help`

            self._api = ForwardedApi(self.stack().release)
        return self._api.url

    def close(self) -> None:
        """Give back what was opened."""
        if self._api is not None:
            self._api.close()


def choose(target: Target) -> None:
    """Remember it for the command that runs now."""
    root = click.get_current_context().find_root()
    root.obj = Chosen(target)
    root.call_on_close(root.obj.close)


def choose_again(name: Name) -> None:
    """What a command's own --target says; context and namespace stay."""
    before = click.get_current_context().find_root().obj
    choose(replace(before.target, name=name) if isinstance(before, Chosen) else Target(name))


def chosen_cluster() -> Chosen | None:
    """The cluster that this command is about; None: this machine."""
    context = click.get_current_context(silent=True)
    found = None if context is None else context.find_root().obj
    return found if isinstance(found, Chosen) and found.target.name == "kube" else None


def local_only(command: str) -> None:
    """Refuse a command that makes no sense on a cluster. Raises StackError."""
    if chosen_cluster() is not None:
        raise StackError(
            f"`playground {command}` is about this machine, not about a cluster",
            next_step=f"playground {command}, without --target kube",
        )
