"""NDJSON batches against Kafka's own ProducerPerformance."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from bench.http_load import HttpLoad
from bench.measure import Reading, Variant
from bench.orders import count_records, record_value, request_body
from bench.plan import Group, Row
from bench.servers import start_api
from playground.local.jars import ensure_jars, java
from playground.topics import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.cpu import Stopwatch
    from bench.lab import Lab

LINES, CONNECTIONS, DIFFERENT = 1000, 4, 20
NDJSON = "application/x-ndjson"
WARM, STEADY = 500_000, 1_500_000
# After `--warmup-records` the tool prints one line for all records and one for those after the warm-up.
RESULT = re.compile(
    r"^(?P<records>\d+) (?P<kind>steady state )?records sent, (?P<rate>[\d.]+) records/sec", re.MULTILINE
)


def read_rates(output: str) -> tuple[float, float]:
    """Records per second after the warm-up, and of the whole run with the JVM still cold."""
    found = [(match["kind"] is not None, float(match["rate"])) for match in RESULT.finditer(output)]
    steady = [rate for is_steady, rate in found if is_steady]
    assert steady, f"ProducerPerformance did not say how fast it was: {output[-500:]}"
    return steady[-1], [rate for is_steady, rate in found if not is_steady][-1]


@contextlib.contextmanager
def open_batches(lab: Lab, say: Callable[[str], None]) -> Iterator[list[Variant]]:
    """The API, and a file with the records that it would write."""
    say("starting the API")
    bodies = [
        b"\n".join(request_body(number) for number in range(start, start + LINES))
        for start in range(0, LINES * DIFFERENT, LINES)
    ]
    load = HttpLoad(lab, bodies, NDJSON)
    api, url = start_api(lab)
    payload = lab.new_folder() / "payload"
    payload.write_bytes(b"\n".join(record_value(number) for number in range(LINES * DIFFERENT)))
    warm, steady = lab.scale.count(WARM, 50_000), lab.scale.count(STEADY, 150_000)

    def batches(watch: Stopwatch) -> Reading:
        before = count_records(lab.settings)
        seconds = lab.scale.pick(8, 2)
        found = load.measure(
            watch, api, f"{url}/produce", connections=CONNECTIONS, seconds=seconds, each=LINES
        )
        written = count_records(lab.settings) - before
        assert written >= found.more["operations"], f"confirmed more than it wrote: {written}"
        return found

    def producer_performance(watch: Stopwatch) -> Reading:
        command = [
            str(java()), "-Xmx512m", "-cp", f"{ensure_jars(lab.settings)}/*",
            "org.apache.kafka.tools.ProducerPerformance", "--topic", ORDERS,
            "--bootstrap-server", lab.settings.kafka.bootstrap_servers,
            "--num-records", str(warm + steady), "--warmup-records", str(warm), "--throughput", "-1",
            "--payload-file", str(payload),
            "--command-property", "acks=all", "enable.idempotence=true",
        ]  # fmt: skip
        watch.start()
        output = lab.start("producer-performance", command).finish(180)
        watch.stop()
        steady_rate, whole_run = read_rates(output)
        return Reading(steady_rate, None, {"whole_run": whole_run})

    yield [
        Variant("NDJSON", batches, lambda: load.run(f"{url}/produce", CONNECTIONS, 2) and None),
        Variant("ProducerPerformance", producer_performance),
    ]


BATCHES = Group(
    "batches",
    "orders/s",
    (
        Row(
            "batch-producer-perf",
            f"NDJSON batches of {LINES}, confirmed, {CONNECTIONS} connections",
            "Kafka's ProducerPerformance, same record bytes, acks=all, idempotent, no keys",
            "NDJSON",
            "ProducerPerformance",
            0.8,
            0.9,
        ),
    ),
    open_batches,
)
