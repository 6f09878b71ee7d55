"""The API as a client sees it (the command line, an experiment): the only file here that speaks HTTP."""

from __future__ import annotations

import http.client
import threading
import time
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
# Far below the time after which a server closes a silent connection: one that it has closed cannot be told
# from a request that broke.
REUSE_SECONDS = 5.0


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
    """A client of one API. `away` makes the error for the case that nobody listens there.

    Each thread keeps its connection for a while: a new one through a port-forward takes 50 ms.
    """

    def __init__(self, url: str, away: Callable[[], StackError]) -> None:
        self.url = url
        self._parts = urlsplit(url)
        self._away = away
        self._kept = threading.local()

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
            method, path, body, timeout=TIMEOUT, content_type=content_type, query=query, keep=True
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
        keep: bool = False,
    ) -> Iterator[http.client.HTTPResponse]:
        """One exchange. With `keep` the connection is used again: then the answer must be read to its end."""
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        target = quote(path) + ("?" + urlencode(wanted) if wanted else "")
        connection: http.client.HTTPConnection | None
        connection = (self._take_kept() if keep else None) or self._connect(timeout)
        try:
            connection.request(method, target, body, {} if body is None else {"Content-Type": content_type})
            answer = connection.getresponse()
            yield answer
            if keep and answer.isclosed() and not answer.will_close:
                self._kept.connection, self._kept.until = connection, time.monotonic() + REUSE_SECONDS
                connection = None
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
            if connection is not None:
                connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(self._parts.hostname or "127.0.0.1", self._parts.port, timeout=timeout)

    def _take_kept(self) -> http.client.HTTPConnection | None:
        """This thread's connection of a moment ago, if there is one."""
        connection: http.client.HTTPConnection | None = getattr(self._kept, "connection", None)
        if connection is None:
            return None
        self._kept.connection = None
        if time.monotonic() < self._kept.until:
            return connection
        connection.close()
        return None


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
