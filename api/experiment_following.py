"""Tells the listeners of GET /events about the run of now, from its folder: whoever started it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from api.experiment_views import progress_of
from playground.errors import PlaygroundError
from playground.experiments.runs import NAME

if TYPE_CHECKING:
    import threading

    from api.hub import Hub
    from api.services import Services

log = logging.getLogger("playground.api")
LOOK_SECONDS = 1.0


class RunFollower:
    """The event `run`: once a second while one runs, and once more with what it has shown."""

    def __init__(self, services: Services, hub: Hub) -> None:
        self._services = services
        self._hub = hub
        self._followed: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Look each second, until `stop`."""
        while not stop.is_set():
            try:
                self._look()
            except PlaygroundError as error:
                log.info("no news of the run: %s", error)
            except Exception:
                log.exception("no news of the run, by a mistake of ours")
            stop.wait(LOOK_SECONDS)

    def _look(self) -> None:
        running = self._services.runs.running()
        if running is not None and not NAME.fullmatch(running):
            return  # it is about to begin
        if self._followed is not None and self._followed != running:
            self._tell(self._followed)
            self._followed = None
        if running is not None:
            self._tell(running)
            self._followed = running

    def _tell(self, run: str) -> None:
        document: Any = progress_of(self._services, run)
        self._hub.publish("run", document)
