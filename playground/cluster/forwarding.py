"""The way from here to the API in the cluster: a port of this machine, as `kubectl port-forward` makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kr8s.objects import Service

from playground.cluster.release import NAME_LABEL, explained
from playground.errors import StackError

if TYPE_CHECKING:
    from kr8s.portforward import PortForward

    from playground.cluster.release import Release


# Of the container: forwarding ends at a pod, not at the Service.
API_PORT = 8000


class ForwardedApi:
    """Forwards until `close`; `url` is where the API answers here."""

    def __init__(self, release: Release) -> None:
        found = release.read(Service, f"{NAME_LABEL},app.kubernetes.io/component=api")
        if not found:
            raise StackError(
                f"no playground is installed in {release.described()}",
                next_step="helm install playground charts/playground, or name its namespace: -n NAMESPACE",
            )
        with explained(f"the API in {release.described()} is not reached"):
            self._forward: PortForward = found[0].portforward(remote_port=API_PORT, local_port="auto")
            # Entered by hand: the library's own `start` returns before it has a port.
            port = self._forward.__enter__()
        self.url = f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """Give the port back."""
        self._forward.__exit__(None, None, None)  # type: ignore[no-untyped-call]
