"""A way from this machine to a Service of a release, for as long as a test needs it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

from playground.waiting import wait_until

if TYPE_CHECKING:
    from support.release import Release

FORWARD_SECONDS = 30


class Forward:
    """`kubectl port-forward`, begun again when the pod at its end goes away. `port`: where it is here."""

    def __init__(self, release: Release, service: str, remote: int, port: int, *, http: bool) -> None:
        self.port = port
        self._http = http
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            "kubectl",
            "--namespace",
            release.namespace,
            "port-forward",
            f"service/{service}",
            f"{self.port}:{remote}",
        ]
        self._environment = release.environment
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(self._answers, f"{self._command} to listen", FORWARD_SECONDS, every=0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
        self._thread.join(10)

    def get(self, path: str) -> Any:
        """GET a JSON document. Raises OSError when nobody is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def _keep(self) -> None:
        while not self._stop.is_set():
            with subprocess.Popen(
                self._command,
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process:
                self._process = process
                if self._stop.is_set():
                    process.terminate()
                process.wait()
            self._stop.wait(0.3)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.connect()
            if self._http:  # kubectl listens before it knows whether anybody is there
                connection.request("HEAD", "/")
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True
