"""Whether a part of the stack answers."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

PROBE_TIMEOUT = 2.0


def answers_200(url: str) -> bool:
    """Whether GET `url` is answered with 200 now."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=PROBE_TIMEOUT)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
