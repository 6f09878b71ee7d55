"""Ports are tried before anything is started, so that a taken one is one clear line."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.errors import EnvironmentMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.settings import Settings

SEARCH = 200


@dataclass(frozen=True)
class Port:
    """A port that the stack is going to listen on, and the variable that moves it."""

    number: int
    purpose: str
    variable: str
    host: str = "127.0.0.1"


def ports_of(settings: Settings) -> list[Port]:
    """All ports that the stack itself opens."""
    found = [Port(settings.api.port, "the API and the dashboard", "PLAYGROUND_API_PORT", settings.api.host)]
    if not settings.kafka.external:
        found += [
            Port(settings.kafka.port, "Kafka", "PLAYGROUND_KAFKA_PORT"),
            Port(settings.kafka.controller_port, "Kafka's controller", "PLAYGROUND_KAFKA_CONTROLLER_PORT"),
        ]
    exporter = settings.exporter
    found.append(
        Port(exporter.port, "the exporter's metrics", "PLAYGROUND_EXPORTER_PORT", exporter.host),
    )
    if settings.ksqldb.own:
        found.append(Port(settings.ksqldb.port, "ksqlDB", "PLAYGROUND_KSQLDB_PORT"))
    return found


def require_free(ports: Sequence[Port]) -> None:
    """Bind all of them at once, so that two of ours with the same number are noticed as well.

    Raises EnvironmentMissing naming the first that is taken.
    """
    with contextlib.ExitStack() as held:
        for index, port in enumerate(ports):
            twin = next((other for other in ports[:index] if other.number == port.number), None)
            if twin is not None:
                raise EnvironmentMissing(
                    f"port {port.number} is wanted twice: for {twin.purpose} and for {port.purpose}",
                    next_step=f"set {port.variable} or {twin.variable} to another number",
                )
            reason = _refusal(port, held)
            if reason:
                raise EnvironmentMissing(
                    f"port {port.number} for {port.purpose} {reason}",
                    next_step=f"stop what listens there, or choose another: {_suggestion(port)}",
                )


def is_listening(port: Port) -> bool:
    """Whether somebody accepts connections there."""
    host = "127.0.0.1" if port.host in {"0.0.0.0", "::"} else port.host  # noqa: S104 - compared, not bound
    with contextlib.suppress(OSError), socket.create_connection((host, port.number), timeout=1):
        return True
    return False


def _refusal(port: Port, held: contextlib.ExitStack) -> str | None:
    # A listener on all addresses does not stop a bind to one of them on macOS: ask it directly as well.
    if is_listening(port):
        return "is taken"
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    trial = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
    # As the servers do: a connection of yesterday that lingers in TIME_WAIT is no obstacle.
    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        trial.bind((port.host, port.number))
    except PermissionError:
        return "may not be used by you"
    except OSError as error:
        return f"cannot be used on {port.host}: {error.strerror or error}"
    return None


def _suggestion(port: Port) -> str:
    for number in range(max(1024, port.number + 1), min(65536, port.number + SEARCH)):
        with contextlib.ExitStack() as held:
            if _refusal(Port(number, port.purpose, port.variable, port.host), held) is None:
                return f"{port.variable}={number}"
    return port.variable
