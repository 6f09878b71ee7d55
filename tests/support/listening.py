"""A listener of server-sent events who writes down what it is told."""

import contextlib
import http.client
import json
import socket
import threading
from collections import defaultdict
from urllib.parse import urlsplit


class Listener:
    """Reads GET /events, or another stream, in a thread."""

    def __init__(self, url, path="/events"):
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        self._connection.request("GET", path)
        self.answer = self._connection.getresponse()
        self.seen = defaultdict(list)
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        name = ""
        try:
            for line in self.answer:
                if line.startswith(b"event: "):
                    name = line[7:].strip().decode()
                elif line.startswith(b"data: "):
                    self.seen[name].append(json.loads(line[6:]))
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.ended.set()

    def close(self):
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        assert self.ended.wait(10)
        self.answer.close()
        self._connection.close()
