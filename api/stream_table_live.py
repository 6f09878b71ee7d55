"""GET /stream-table/live: a table as server-sent events, first whole, then what changes.

The table is asked for once a second and compared, for both engines. ksqlDB could push (EMIT CHANGES), but
each push query is one more query in the server, with threads and memory for as long as a page is open.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from api.events import HEADERS, HEARTBEAT_SECONDS, send_part, wait_for_leave
from api.hub import render_event
from api.problems import problem_of
from api.routing import Route, query_of
from api.stream_table import TableParameters, engine_of, read_rows, table_query
from playground.errors import InvalidValue, Overloaded, PlaygroundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from api.answers import Receive, Scope, Send
    from api.services import Services
    from api.stream_table import StreamTableRows
    from playground.tables import EngineName, TableQuery

PATH = "/stream-table/live"
EVERY_SECONDS = 1.0
MAX_STREAMS = 20
THREADS = 2  # that ask for tables, for all streams together

Stream = Annotated[str, msgspec.Meta(description="server-sent events")]
ROUTE = Route(
    "GET",
    PATH,
    "A table that streaming SQL keeps, live, as server-sent events",
    query=TableParameters,
    answers={200: Stream},
    problems=(404, 503),
    produces="text/event-stream",
    notes="Parameters as of GET /stream-table; `table` must be given. Events: `rows`, the whole answer; "
    "`changes`, about once a second when there are any: `rows` that are new or other than before, and the "
    "keys of those that are `gone`; `problem` while the table cannot be asked, then `rows` again; "
    "`heartbeat`.",
)


class TableStreams:
    """Everybody who follows a table, in one process; used on the event loop only."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._threads = ThreadPoolExecutor(THREADS, "stream-table")
        self._ends: set[asyncio.Event] = set()

    def close(self) -> None:
        """End all streams."""
        for each in self._ends:
            each.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Send a table until the client leaves or the server ends; the status.

        Raises what becomes a problem, before anything was sent.
        """
        given: TableParameters = query_of(ROUTE, scope)
        if given.table is None:
            raise InvalidValue("table", "which one?", next_step="GET /stream-table lists them")
        query = table_query(given)
        if len(self._ends) >= MAX_STREAMS:
            raise Overloaded(f"{len(self._ends)} tables are being followed")
        end = asyncio.Event()
        self._ends.add(end)
        leaving = asyncio.create_task(wait_for_leave(receive, end.set))
        try:
            before = await self._read(query, given.engine)
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send_part(send, render_event("rows", before))
            await self._follow(partial(self._read, query, given.engine), before, end, send)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            pass  # it takes nothing; the connection is cut when this returns without an end
        finally:
            leaving.cancel()
            self._ends.discard(end)
        return 200

    async def _follow(
        self,
        read: Callable[[], Awaitable[StreamTableRows]],
        before: StreamTableRows | None,
        end: asyncio.Event,
        send: Send,
    ) -> None:
        sent_at = time.monotonic()
        while not await _ended(end):
            event = b""
            try:
                now = await read()
            except PlaygroundError as error:
                if before is not None:
                    event = render_event("problem", msgspec.Raw(problem_of(error).body()))
                before = None
            else:
                event = _news(before, now)
                before = now
            if not event and time.monotonic() - sent_at >= HEARTBEAT_SECONDS:
                event = render_event("heartbeat", {})
            if event:
                await send_part(send, event)
                sent_at = time.monotonic()

    async def _read(self, query: TableQuery, wanted: EngineName | None) -> StreamTableRows:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: read_rows(engine_of(self._services, wanted), query)
        )


def _news(before: StreamTableRows | None, now: StreamTableRows) -> bytes:
    """The event that leads from one answer to the next; nothing when they say the same."""
    if before is None:
        return render_event("rows", now)
    old, new = _by_key(before), _by_key(now)
    changed = [row for key, row in new.items() if old.get(key) != row]
    gone = [list(key) for key in old if key not in new]
    if not changed and not gone:
        return b""
    return render_event("changes", {"rows": changed, "gone": gone, "taken_at": now.taken_at})


def _by_key(document: StreamTableRows) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by key, and beginning of the window where there is one."""
    key = document.columns[0].name
    return {(row[key], *([row["windowstart"]] if "windowstart" in row else [])): row for row in document.rows}


async def _ended(end: asyncio.Event) -> bool:
    """Wait for the next look; True when there is none."""
    try:
        async with asyncio.timeout(EVERY_SECONDS):
            await end.wait()
    except TimeoutError:
        return False
    return True
