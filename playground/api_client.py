"""The API as a client sees it (the command line, an experiment): the only file here that speaks HTTP."""

from __future__ import annotations

import http.client
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from playground.errors import PlaygroundError, StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT = 30.0
# The stream says something each second; much longer silence means that it is gone.
STREAM_TIMEOUT = 30.0


class ApiRefused(PlaygroundError):
    """The API said no: `status`, and the problem document in `problem`."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        detail = problem.get("detail") or problem.get("title") or f"HTTP {status}"
        field = problem.get("field")
        super().__init__(
            f"{field}: {detail}" if field and not str(detail).startswith(str(field)) else str(detail),
            next_step=problem.get("next_step"),
        )
        self.status = status
        self.problem = problem


class Api:
    """A client of one API. `away` makes the error for the case that nobody listens there."""

    def __init__(self, url: str, away: Callable[[], StackError]) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._away = away

    def get(self, path: str, **query: object) -> Any:
        """GET a JSON document."""
        return self.send("GET", path, query=query)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        content_type: str = "application/json",
        query: dict[str, object] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Any:
        """Send a request and return the JSON of its answer.

        Raises ApiRefused for an answer of 400 and above, unless its status is in `accept`.
        """
        with self._request(
            method, path, body, timeout=TIMEOUT, content_type=content_type, query=query
        ) as answer:
            content = answer.read()
            document = _decode(content)
            if answer.status >= 400 and answer.status not in accept:
                raise ApiRefused(answer.status, document if isinstance(document, dict) else {})
            if document is None and content:
                raise StackError(f"{self.url}{path} did not answer with JSON", next_step="playground doctor")
            return document

    def events(self, path: str = "/events") -> Iterator[tuple[str, Any]]:
        """Follow the event stream: pairs of event name and data, until the stream ends."""
        with self._request("GET", path, timeout=STREAM_TIMEOUT) as answer:
            if answer.status >= 400:
                document = _decode(answer.read())
                raise ApiRefused(answer.status, document if isinstance(document, dict) else {})
            yield from read_events(answer)

    @contextmanager
    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        timeout: float,
        content_type: str = "",
        query: dict[str, object] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        target = quote(path) + ("?" + urlencode(wanted) if wanted else "")
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "127.0.0.1", self._parts.port, timeout=timeout)
        try:
            connection.request(method, target, body, {} if body is None else {"Content-Type": content_type})
            yield connection.getresponse()
        except ConnectionRefusedError:
            raise self._away() from None
        except TimeoutError:
            raise StackError(
                f"{self.url} did not answer in {timeout:g} s", next_step="playground doctor"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise StackError(
                f"the connection to {self.url} broke: {error or type(error).__name__}",
                next_step="playground status",
            ) from None
        finally:
            connection.close()


def read_events(lines: Iterator[bytes] | http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-sent events out of lines."""
    name, data = "message", b""
    for raw in lines:
        line = raw.rstrip(b"\r\n")
        if not line:
            if data:
                yield name, _decode(data)
            name, data = "message", b""
        elif line.startswith(b"event:"):
            name = line[6:].strip().decode()
        elif line.startswith(b"data:"):
            data += line[5:].strip()


def _decode(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
