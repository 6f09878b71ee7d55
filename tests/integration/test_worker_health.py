"""Probes of real workers: a member without a partition is ready, a stuck loop is not alive."""

import os
import signal
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.asking import produce
from support.free_ports import free_port
from support.system import NOT_YET, System

from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2}


@pytest.fixture
def narrow(tmp_path):
    """A system whose topic `orders` has one partition: every second worker is idle."""
    under_test = System(tmp_path, TOPIC_PARTITIONS="1")
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


class Probed:
    """A worker that answers over HTTP."""

    def __init__(self, system, kind, number=1, **overrides):
        self.port = free_port()
        self.child = system.start_worker(kind, number, WORKER_HTTP_PORT=str(self.port), **overrides)

    def ask(self, path):
        """Status and text."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def wait_for(self, path, status, seconds=30):
        """Until it answers so; the text."""
        return wait_until(
            lambda: (found := self.ask(path))[0] == status and found[1],
            f"{self.child.name}{path} to answer {status}; {self.child.tail()}",
            seconds,
            ignore=NOT_YET,
        )

    def number(self, name, **labels):
        """The value of one series."""
        status, text = self.ask("/metrics")
        assert status == 200
        return next(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["consumer", "classic"])
def test_a_member_without_a_partition_is_alive_and_ready(narrow, protocol):
    both = [Probed(narrow, "processor", n, CONSUMER_GROUP_PROTOCOL=protocol) for n in (1, 2)]
    for worker in both:
        assert worker.wait_for("/readyz", 200) == "ok\n"
        assert worker.ask("/healthz") == (200, "ok\n")
    assert sorted(each.number("playground_worker_assigned_partitions") for each in both) == [0, 1]

    produce(narrow.settings.api.url, [ORDER] * 5)
    owner, idle = sorted(both, key=lambda each: -each.number("playground_worker_assigned_partitions"))
    name = "playground_worker_records_handled_total"
    wait_until(lambda: owner.number(name, outcome="processed") == 5, "the orders to be counted", 30)
    assert idle.number(name, outcome="processed") == 0
    assert owner.number("playground_worker_batch_seconds_count") > 0

    owner.child.stop()
    wait_until(lambda: idle.number("playground_worker_assigned_partitions") == 1, "the idle one's turn", 30)
    assert idle.number("playground_worker_rebalances_total", event="assigned") >= 1


def stick(system, delivery):
    """A worker whose one order takes longer than its poll interval; and when it came round last before."""
    worker = Probed(
        system,
        "processor",
        CONSUMER_DELIVERY=delivery,
        CONSUMER_MAX_POLL_INTERVAL_MS="3000",
        FAULT_PROCESSING_DELAY_MS="8000",
    )
    worker.wait_for("/readyz", 200)
    before = worker.number("playground_worker_last_poll_timestamp_seconds")
    produce(system.settings.api.url, ORDER)
    return worker, before


@pytest.mark.slow
def test_a_stuck_loop_is_not_alive_and_one_that_goes_on_is(narrow):
    worker, before = stick(narrow, "exactly-once")

    assert "the loop has not come round for" in worker.wait_for("/healthz", 503)
    assert worker.ask("/readyz")[0] == 503
    worker.wait_for("/healthz", 200)
    assert worker.number("playground_worker_last_poll_timestamp_seconds") > before


@pytest.mark.slow
def test_a_stuck_loop_of_naive_delivery_is_not_alive(narrow):
    worker, _ = stick(narrow, "at-least-once")

    assert "the loop has not come round for" in worker.wait_for("/healthz", 503)
    assert worker.child.process.wait(30) == 1  # its group threw it out, and it ends where others heal


@pytest.mark.slow
def test_a_worker_without_its_broker_is_alive_and_not_ready(system):
    worker = Probed(system, "processor")
    worker.wait_for("/readyz", 200)
    os.kill(system.broker.pid, signal.SIGSTOP)
    assert "the broker does not describe topic orders" in worker.wait_for("/readyz", 503)
    assert worker.ask("/healthz") == (200, "ok\n")
    os.kill(system.broker.pid, signal.SIGCONT)
    worker.wait_for("/readyz", 200, 60)


@pytest.mark.slow
def test_a_worker_whose_batches_fail_is_alive_and_not_ready(narrow):
    worker = Probed(narrow, "processor", FAULT_FAILURE_RATIO="1")
    worker.wait_for("/readyz", 200)
    produce(narrow.settings.api.url, ORDER)

    assert "partitions [0] of orders wait" in worker.wait_for("/readyz", 503)
    assert worker.ask("/healthz") == (200, "ok\n")


@pytest.mark.slow
def test_the_load_is_ready_while_the_api_takes_its_orders(system):
    load = Probed(system, "load")
    load.wait_for("/readyz", 200)
    assert load.number("playground_load_orders_total", outcome="accepted") > 0

    api = next(child for child in system.children if child.name == "api")
    api.kill()
    assert "is away" in load.wait_for("/readyz", 503)
    assert load.ask("/healthz") == (200, "ok\n")
    wait_until(lambda: load.number("playground_load_orders_total", outcome="rejected") > 0, "rejected", 30)


@pytest.mark.slow
def test_a_taken_port_ends_a_worker_and_names_the_setting(shared_system):
    taken = Probed(shared_system, "analytics")
    with pytest.raises(AssertionError, match="PLAYGROUND_WORKER_HTTP_PORT"):
        shared_system.start_worker("analytics", 2, WORKER_HTTP_PORT=str(taken.port))
