"""The load generator, as the command line reaches it: through the API here, through Kubernetes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from playground.cli.target import chosen_cluster
from playground.cli.where import the_api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.api_client import Api
    from playground.stack import Loadable


class Loader(Protocol):
    """Each answers with the state: running, settings, progress."""

    def state(self) -> dict[str, Any]:
        """What it does now."""
        ...

    def start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Start it, or start it anew with other settings."""
        ...

    def stop(self) -> dict[str, Any]:
        """Stop it."""
        ...


class _ThroughApi:
    def __init__(self, api: Api) -> None:
        self._api = api

    def state(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._api.get("/load")
        return answer

    def start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._api.send("POST", "/load", msgspec.json.encode(given))
        return answer

    def stop(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._api.send("DELETE", "/load")
        return answer


class _ThroughStack:
    """A release's API may look at the stack and not more, unless its operator says otherwise."""

    def __init__(self, stack: Loadable) -> None:
        self._stack = stack

    def state(self) -> dict[str, Any]:
        return dict(msgspec.to_builtins(self._stack.load()))

    def start(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return dict(msgspec.to_builtins(self._stack.load_start(given)))

    def stop(self) -> dict[str, Any]:
        return dict(msgspec.to_builtins(self._stack.load_stop()))


def the_loader() -> Loader:
    """The load generator of the playground that this command is about."""
    cluster = chosen_cluster()
    return _ThroughApi(the_api()) if cluster is None else _ThroughStack(cluster.stack())
