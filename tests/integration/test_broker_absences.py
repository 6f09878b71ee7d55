"""Who asks Kafka for groups and lag outlives the broker, however often it goes and whatever was under way."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from support.asking import ask, produce
from support.free_ports import free_port
from support.system import NOT_YET

from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2}
ABSENCES = 2
NOBODY = [f"/groups/nobody-{number}" for number in range(4)]


@contextmanager
def asking(url, *paths):
    """For as long as the block lasts, somebody asks for each of these again and again."""
    end = threading.Event()

    def run(path):
        while not end.is_set():
            try:
                ask(url, "GET", path)
            except NOT_YET:
                end.wait(0.1)

    with ThreadPoolExecutor(len(paths)) as pool:
        for path in paths:
            pool.submit(run, path)
        try:
            yield
        finally:
            end.set()


def delete(url, paths):
    """The statuses of requests that go to the coordinators of groups, all at once."""
    with ThreadPoolExecutor(len(paths)) as pool:
        return {answer.status for answer in pool.map(lambda path: ask(url, "DELETE", path), paths)}


def lag_is_known(system):
    """Whether the API has the lag of all groups."""
    return ask(system.settings.api.url, "GET", "/offsets").status == 200


def ended(children):
    """Names and exit codes of processes that should run."""
    return {child.name: child.process.returncode for child in children if child.process.poll() is not None}


@pytest.mark.slow
def test_neither_the_api_nor_an_exporter_ends_when_the_broker_does(system):
    """It stops while they ask for offsets, and returns after requests to a coordinator have timed out."""
    url = system.settings.api.url
    system.start_worker("analytics")
    assert produce(url, ORDER).status == 201
    wait_until(lambda: system.query("SELECT count(*) FROM positions")[0][0] > 0, "a position", 30)
    for number in (1, 2, 3):
        system.start_worker("exporter", number, EXPORTER_INTERVAL_MS="100", EXPORTER_PORT=str(free_port()))

    with asking(url, "/offsets", "/groups"):
        for _ in range(ABSENCES):
            assert delete(url, NOBODY) == {404}
            system.broker.stop()
            assert not ended(system.children)
            assert delete(url, NOBODY) == {503}
            system.broker.start()
            wait_until(
                lambda: ended(system.children) or lag_is_known(system), "lag again", 60, ignore=NOT_YET
            )
            assert not ended(system.children)
