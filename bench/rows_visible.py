"""POST to row visible, at half of the saturation rate, open loop.

A row is taken as visible when the processor's event about it arrives, which is written after the commit.
"""

from __future__ import annotations

import contextlib
import threading
import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import msgspec

from bench.http_load import BODIES, HttpLoad
from bench.measure import Reading, Variant
from bench.orders import request_body
from bench.plan import Group, Row
from bench.processes import python
from bench.servers import start_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bench.cpu import Stopwatch
    from bench.lab import Lab
    from bench.processes import Process

CONNECTIONS, SATURATE_SECONDS, WARM_SECONDS = 64, 5, 2
SETTLE_SECONDS = 20


class Visible:
    """Follows the processor's events: per partition, when everything up to an offset was visible."""

    def __init__(self, worker: Process) -> None:
        self._worker = worker
        self._lasts: dict[int, list[int]] = {}
        self._times: dict[int, list[float]] = {}
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        for event in self._worker.events(3600):
            now = time.monotonic()
            if event["event"] == "records_handled":
                self.note(event["partitions"], now)

    def note(self, partitions: Iterable[dict[str, Any]], now: float) -> None:
        """What an event says, at the time it came."""
        for part in partitions:
            self._times.setdefault(part["partition"], []).append(now)
            self._lasts.setdefault(part["partition"], []).append(part["last_offset"])

    def at(self, partition: int, offset: int) -> float | None:
        """When that record was visible; None while it is not."""
        lasts = self._lasts.get(partition, [])
        index = bisect_left(lasts, offset)
        return self._times[partition][index] if index < len(lasts) else None

    def wait(self, places: list[tuple[int, int]]) -> None:
        """Until all of them are visible. Raises AssertionError when that takes too long."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while any(self.at(*place) is None for place in places):
            assert time.monotonic() < deadline, f"orders are not visible after {SETTLE_SECONDS} s"
            time.sleep(0.05)


def percentile(values: list[float], share: float) -> float:
    """Of sorted values."""
    return values[min(len(values) - 1, int(len(values) * share))]


@contextlib.contextmanager
def open_visible(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """The API and one processor."""
    say("starting the API and a processor")
    load = HttpLoad(lab, [request_body(number) for number in range(BODIES)])
    _, url = start_api(lab)
    visible = Visible(lab.start("processor", python("-m", "workers", "processor")))
    target = f"{url}/produce"

    def measure(watch: Stopwatch) -> Reading:
        found = load.run(target, CONNECTIONS, SATURATE_SECONDS)
        rate = found["requests"] / found["seconds"] / 2
        seconds = lab.scale.pick(15, 4) + WARM_SECONDS
        out = lab.new_folder() / "answers"
        watch.start()
        began = time.monotonic()
        command = ("open", target, str(load.bodies), str(CONNECTIONS), str(seconds), str(rate), str(out))
        lab.start("open-loop", python("-m", "bench.http_client", *command)).finish(seconds + 60)
        answers = read_answers(out, began + WARM_SECONDS)
        visible.wait([(part, offset) for _, _, part, offset in answers])
        watch.stop()
        waits = sorted((visible.at(part, offset) or 0) - due for due, _, part, offset in answers)
        posts = sorted(end - due for due, end, _, _ in answers)
        more = {
            "rate": rate, "orders": len(answers), "p50_ms": percentile(waits, 0.5) * 1000,
            "p999_ms": percentile(waits, 0.999) * 1000, "max_ms": waits[-1] * 1000,
            "post_p50_ms": percentile(posts, 0.5) * 1000, "post_p99_ms": percentile(posts, 0.99) * 1000,
        }  # fmt: skip
        return Reading(percentile(waits, 0.99) * 1000, None, more)

    yield [Variant("p99 to visible", measure)]


def read_answers(path: Path, since: float) -> list[tuple[float, float, int, int]]:
    """When due, when answered, partition, offset: of all requests that were due from `since` on."""
    answers = []
    for line in path.read_text().splitlines():
        due, end, status, body = line.split(" ", 3)
        if float(due) < since:
            continue
        assert status == "201", f"the API answered {status}: {body}"
        found = msgspec.json.decode(body)
        answers.append((float(due), float(end), found["partition"], found["offset"]))
    assert answers, "no answers"
    return answers


VISIBLE = Group(
    "visible",
    "ms",
    (
        Row(
            "visible",
            "POST to row visible, p99 at half of the saturation rate, open loop",
            "",
            "p99 to visible",
            None,
            None,
            100,
        ),
    ),
    open_visible,
    less_is_better=True,
)
