"""The page of /metrics with 100,000 lag series: by hand, against prometheus_client's collector."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from bench.baselines.collector import render_with_client
from bench.measure import Reading, Variant
from bench.plan import Group, Row
from playground.groups import Group as KafkaGroup
from playground.lag import GroupLag, PartitionLag
from playground.lag_metrics import render_lag
from playground.lag_reader import LagReport
from playground.offsets import Snapshot, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab

GROUPS, PARTITIONS, TOPIC = 1000, 100, "orders"


def made_up_report(groups: int, partitions: int) -> LagReport:
    """A report of that size without asking anybody."""
    names = [f"group-{number}" for number in range(groups)]
    known = {name: _group(name) for name in names}
    spans = {(TOPIC, part): Span(0, 1_000_000 + part) for part in range(partitions)}
    committed = {name: {place: 900_000 + place[1] for place in spans} for name in names}
    rows = tuple(
        PartitionLag(TOPIC, part, 900_000 + part, 100_000, 1.5, None, None, None, 900_000 + part)
        for part in range(partitions)
    )
    lags = {name: GroupLag(known[name], 100_000 * partitions, None, None, rows) for name in names}
    return LagReport(Snapshot(0, 1, known, committed, spans), lags)


def _group(name: str) -> KafkaGroup:
    return KafkaGroup(group_id=name, state="empty", type="consumer", assignor=None, coordinator=1, members=())


@contextlib.contextmanager
def open_scrape(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """CPU seconds of this process, for one page."""
    say("making up a report")
    report = made_up_report(lab.scale.count(GROUPS, 50), PARTITIONS)

    def page_of(render: Callable[[LagReport], bytes]) -> Callable[[Stopwatch], Reading]:
        def measure(watch: Stopwatch) -> Reading:
            watch.start()
            cpu, pages = time.process_time(), 0
            while pages == 0 or watch.elapsed() < lab.scale.pick(3, 0.3):
                page = render(report)
                pages += 1
            used = (time.process_time() - cpu) / pages
            watch.stop()
            return Reading(used, None, {"bytes": len(page), "pages": pages})

        return measure

    yield [
        Variant("by hand", page_of(lambda found: render_lag(found).encode())),
        Variant("prometheus_client", page_of(render_with_client)),
    ]


SCRAPE = Group(
    "scrape",
    "CPU s",
    (
        Row(
            "scrape-collector",
            f"/metrics, {GROUPS * PARTITIONS:,} lag series, CPU to build the page once per collection",
            "prometheus_client's custom collector, which works at every scrape",
            "by hand",
            "prometheus_client",
            10,
        ),
    ),
    open_scrape,
    less_is_better=True,
    broker=False,
)
