"""HTTP requests as tests want them: any bytes, any headers, an answer whatever its status."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def document(self):
        """The JSON body."""
        return json.loads(self.content)


def ask(url: str, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    """One request. Names of headers are written with underscores; `content_type="..."`."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=SECONDS)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return Answer(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        )
    finally:
        connection.close()


def produce(url: str, order, path: str = "/produce", **headers: str) -> Answer:
    """POST one order (or a list of them), as JSON."""
    return ask(
        url, "POST", path, json.dumps(order).encode(), **{"content_type": "application/json"} | headers
    )


def produce_lines(url: str, lines: bytes, path: str = "/produce") -> Answer:
    """POST NDJSON."""
    return ask(url, "POST", path, lines, content_type="application/x-ndjson")
