"""One server process: uvicorn on a socket that is already bound."""

from __future__ import annotations

import logging
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from api.app import App
from api.protocol import Protocol
from playground.cycles import look_rarely
from playground.errors import EnvironmentMissing

if TYPE_CHECKING:
    from playground.settings import ApiSettings, Settings

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 8


class Server(uvicorn.Server):
    """Uvicorn that ends streams before it waits for open answers."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, let every request at hand be answered, flush the producer."""
        self._app.stop_streams()
        await super().shutdown(sockets)


def bind(api: ApiSettings) -> socket.socket:
    """A listening socket.

    Raises EnvironmentMissing when the port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in api.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((api.host, api.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise EnvironmentMissing(
            f"the API cannot listen on {api.host} port {api.port}: {error.strerror}",
            next_step="set PLAYGROUND_API_PORT (or PLAYGROUND_API_HOST), or end what listens there",
        ) from error
    return listener


def serve(settings: Settings, listener: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    look_rarely()
    app = App(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    server = Server(config, app)

    def stop(*_: object) -> None:
        """Before uvicorn looks for signals itself, and when it raises them again after it has shut down."""
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run(sockets=[listener])
    return 0 if server.started else 1
