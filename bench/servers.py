"""HTTP servers that are measured, started and answering."""

from __future__ import annotations

import http.client
import urllib.request
from typing import TYPE_CHECKING

from bench.orders import request_body
from bench.processes import python
from playground.waiting import wait_until

if TYPE_CHECKING:
    from bench.lab import Lab
    from bench.processes import Process

NOT_YET = (OSError, http.client.HTTPException)


def post(url: str, body: bytes, content_type: str = "application/json") -> int:
    """Send one request; its status."""
    headers = {"Content-Type": content_type}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own, on loopback
    with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
        answer.read()
        return answer.status


def start_api(
    lab: Lab, name: str = "api", module: str = "api", port: int | None = None
) -> tuple[Process, str]:
    """The API under its production server; its address."""
    settings = lab.make_settings(**({} if port is None else {"API_PORT": str(port)}))
    process = lab.start(name, python("-m", module), settings)
    wait_until_it_takes_orders(process, settings.api.url + "/produce")
    return process, settings.api.url


def start_baseline(lab: Lab, name: str, port: int) -> tuple[Process, str]:
    """A baseline with a /produce of its own; its address."""
    process = lab.start(name, python("-m", f"bench.baselines.{name}", str(port)))
    wait_until_it_takes_orders(process, f"http://127.0.0.1:{port}/produce")
    return process, f"http://127.0.0.1:{port}"


def wait_until_it_takes_orders(process: Process, url: str) -> None:
    """Until one order was accepted."""

    def took_one() -> bool:
        assert process.alive(), f"{process.name} has ended: {process.tail()}"
        return post(url, request_body(0)) == 201

    wait_until(took_one, f"{process.name} to take an order", 30, ignore=NOT_YET)
