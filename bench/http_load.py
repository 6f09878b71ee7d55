"""Closed-loop HTTP load from a process of its own: wrk where it is installed, otherwise our own client."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from bench.measure import Reading
from bench.processes import python

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.cpu import Stopwatch
    from bench.lab import Lab
    from bench.processes import Process

BODIES = 200
# Bodies rotate, so that keys and partitions do; they are formatted once, before the load begins.
LUA = """
local bodies = {{ {bodies} }}
local requests, number = {{}}, 0
init = function(_)
  for index, body in ipairs(bodies) do
    requests[index] = wrk.format("POST", nil, {{["Content-Type"] = "{content_type}"}}, body)
  end
end
request = function()
  number = number % #requests + 1
  return requests[number]
end
done = function(summary, latency, _)
  local e = summary.errors
  io.write(string.format('{{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"p50":%f,"p99":%f}}\\n',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def load_generator() -> str:
    """What makes the load here."""
    if shutil.which("wrk") is None:
        return "our own asyncio client (bench/http_client.py), one process"
    done = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    return f"{done.stdout.splitlines()[0].split(' Copyright')[0]}, one thread"


class HttpLoad:
    """The same bodies to any address."""

    def __init__(self, lab: Lab, bodies: Sequence[bytes], content_type: str = "application/json") -> None:
        self._lab = lab
        folder = lab.new_folder()
        self.bodies = folder / "bodies.json"
        self.bodies.write_text(json.dumps([content_type, [body.decode() for body in bodies]]))
        self._script = folder / "load.lua"
        quoted = ", ".join(json.dumps(body.decode()) for body in bodies)
        self._script.write_text(LUA.format(bodies=quoted, content_type=content_type))

    def run(self, url: str, connections: int, seconds: float) -> dict[str, float]:
        """Load for `seconds`; what came of it. Raises AssertionError when answers were not 2xx."""
        command = self._wrk(url, connections, seconds, self._script)
        if shutil.which("wrk") is None:
            command = python("-m", "bench.http_client", "closed", url, str(self.bodies), str(connections),
                             str(seconds))  # fmt: skip
        output = self._lab.start("load", command).finish(seconds + 30)
        found: dict[str, float] = json.loads(output.splitlines()[-1])
        assert found["refused"] == 0, f"{url}: {found['refused']:.0f} answers were no success"
        assert found["requests"] > 0, f"{url}: no answers"
        assert found["broken"] <= found["requests"] * 0.01, f"{url}: {found}"
        return found

    def measure(
        self, watch: Stopwatch, server: Process, url: str, *, connections: int, seconds: float, each: int = 1
    ) -> Reading:
        """Operations per second (`each` per request) and the server's CPU for one."""
        cpu = server.cpu_seconds()
        watch.start()
        found = self.run(url, connections, seconds)
        watch.stop()
        operations = found["requests"] * each
        cpu_us = (server.cpu_seconds() - cpu) / operations * 1e6
        more = {"p50_ms": found["p50"], "p99_ms": found["p99"], "operations": operations}
        return Reading(operations / found["seconds"], cpu_us, more)

    def _wrk(self, url: str, connections: int, seconds: float, script: Path) -> list[str]:
        return [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds:g}s",
            "--timeout",
            "10s",
            "-s",
            str(script),
            url,
        ]
