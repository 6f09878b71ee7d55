"""Single confirmed orders: the API against earlier ways, and against doing nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bench.http_load import BODIES, HttpLoad
from bench.measure import Reading, Variant
from bench.orders import count_records, request_body
from bench.plan import Group, Row
from bench.servers import start_api, start_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab
    from bench.processes import Process

CONNECTIONS = 64


@contextlib.contextmanager
def open_produce(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """All servers at once; those that are not being asked sleep."""
    say("starting servers")
    load = HttpLoad(lab, [request_body(number) for number in range(BODIES)])
    api, api_url = start_api(lab)
    first, first_url = start_baseline(lab, "first_version", lab.port(1))
    shared, shared_url = start_baseline(lab, "shared_flush", lab.port(2))
    noop, noop_url = start_api(lab, "noop", "bench.baselines.noop_app", lab.port(3))
    seconds = lab.scale.pick(8, 2)

    def confirmed(server: Process, url: str) -> Callable[[Stopwatch], Reading]:
        def measure(watch: Stopwatch) -> Reading:
            before = count_records(lab.settings)
            reading = load.measure(watch, server, url, connections=CONNECTIONS, seconds=seconds)
            written = count_records(lab.settings) - before
            assert written >= reading.more["operations"], f"{url}: confirmed more than it wrote: {written}"
            return reading

        return measure

    def idle(url: str) -> Callable[[Stopwatch], Reading]:
        return lambda watch: load.measure(watch, noop, url, connections=CONNECTIONS, seconds=seconds)

    def variant(name: str, url: str, measure: Callable[[Stopwatch], Reading]) -> Variant:
        return Variant(name, measure, lambda: load.run(url, CONNECTIONS, 2) and None)

    urls = {
        "produce": f"{api_url}/produce", "first": f"{first_url}/produce", "shared": f"{shared_url}/produce",
        "noop": f"{noop_url}/bench/noop", "flask": f"{noop_url}/bench/flask-noop",
    }  # fmt: skip
    yield [
        variant("POST /produce", urls["produce"], confirmed(api, urls["produce"])),
        variant("no-op, async", urls["noop"], idle(urls["noop"])),
        variant("no-op, Flask", urls["flask"], idle(urls["flask"])),
        variant("shared producer + flush", urls["shared"], confirmed(shared, urls["shared"])),
        variant("first version", urls["first"], confirmed(first, urls["first"])),
    ]


def _row(key: str, against: str, theirs: str, reach: float, aim: float | None = None) -> Row:
    what = f"single confirmed POST /produce, {CONNECTIONS} connections"
    return Row(f"produce-{key}", what, against, "POST /produce", theirs, reach, aim)


PRODUCE = Group(
    "produce",
    "orders/s",
    (
        _row("first-version", "first version: producer + flush per request, Flask dev server",
             "first version", 35),
        _row("shared-flush", "shared producer, flush per request, Flask dev server",
             "shared producer + flush", 4, 10),
        _row("noop-async", "async route that reads the body and answers, same server", "no-op, async", 0.75),
        _row("noop-flask", "Flask route that reads the body and answers, same server", "no-op, Flask", 0.75),
    ),
    open_produce,
)  # fmt: skip
