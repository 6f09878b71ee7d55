"""One collection of lag in a process of its own, as the exporter makes it: `python -m bench.one_collection`.

Prints the seconds that the collection took and how many lag series came out; whoever runs it takes the time
of the whole process.
"""

from __future__ import annotations

import json
import time

from playground.cycles import look_rarely
from playground.lag_metrics import render_lag
from playground.lag_reader import LagReader
from playground.settings import read_settings


def main() -> None:
    look_rarely()
    reader = LagReader(read_settings(), "bench-lag")
    began = time.monotonic()
    text = render_lag(reader.read(timeout_seconds=60))
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "series": text.count("\nkafka_consumergroup_lag{")}))
    reader.close()


if __name__ == "__main__":
    main()
