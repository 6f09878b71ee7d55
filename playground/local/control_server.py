"""The supervisor's end of the control socket: lines in, lines out."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Self

import msgspec

from playground.errors import PlaygroundError, StackError
from playground.local.control import encode_error
from playground.local.control_requests import Requests

if TYPE_CHECKING:
    from pathlib import Path

    from playground.local.supervisor import Supervisor


class ControlServer:
    """Answers requests for one supervisor while the `async with` block lasts."""

    def __init__(self, stack: Supervisor, path: Path) -> None:
        self._requests = Requests(stack)
        self._path = path
        self._server: asyncio.Server | None = None
        self._refusing = False
        self._changing: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._converse, self._path)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self._server is not None:
            self._server.close()

    def refuse_changes(self) -> None:
        """Nothing is started any more; what is under way ends here."""
        self._refusing = True
        for task in self._changing:
            task.cancel()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):  # ValueError: a line without end
            async for line in reader:
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
            do = request.pop("do", None)
            if do in self._requests.asking:
                return {"result": self._requests.asking[do](**request)}
            if do not in self._requests.changing:
                known = ", ".join([*self._requests.asking, *self._requests.changing])
                raise StackError(f"unknown request {do!r}; known: {known}")
            if self._refusing:
                raise StackError("the playground is stopping")
            task = asyncio.ensure_future(self._requests.changing[do](**request))
            self._changing.add(task)
            task.add_done_callback(self._changing.discard)
            return {"result": await task}
        except PlaygroundError as error:
            return encode_error(error)
        except asyncio.CancelledError:
            return encode_error(StackError("the playground is stopping"))
        except (TypeError, ValueError, msgspec.MsgspecError) as error:
            return encode_error(StackError(f"the request cannot be understood: {error}"))
