"""The broker goes away: bounded refusals that say what is known, never a false 201, and recovery."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.asking import ask, produce, produce_lines
from support.children import python
from support.freezing import freeze, frozen
from support.system import System

from playground.orders import parse_order
from playground.records import RecordReader
from playground.topics import ensure_topics
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2}
TIMEOUT_MS = 2000


@pytest.fixture
def system(tmp_path):
    """A system that gives up on Kafka after two seconds."""
    under_test = System(tmp_path, API_DELIVERY_TIMEOUT_MS=str(TIMEOUT_MS))
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


def ids_in_kafka(system):
    """Every order id in the topic; None while the broker does not say where its partitions end."""
    (topic,) = [each for each in system.get("/topics")["topics"] if each["topic"] == "orders"]
    stretches = {
        ("orders", part["partition"]): (part["start_offset"], part["end_offset"])
        for part in topic["partitions"]
    }
    if any(None in ends for ends in stretches.values()):
        return None
    reader = RecordReader(system.settings.kafka, "test-reader")
    found = [parse_order(record.value()).order_id for record in reader.read(stretches, 20)]
    reader.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("how", ["frozen", "killed"])
def test_orders_are_refused_in_time_while_the_broker_is_away(system, how):
    url = system.settings.api.url
    accepted = [produce(url, ORDER).document["order_id"]]
    if how == "frozen":
        freeze(system.broker.pid)
    else:
        system.broker.kill()

    answers = []
    for number in range(3):
        started = time.monotonic()
        answers.append(produce(url, {**ORDER, "order_id": 100 + number}))
        answers.append(
            produce_lines(url, b'{"user": "a", "item": "b", "qty": 1, "order_id": %d}' % (200 + number))
        )
        assert time.monotonic() - started < 2 * (TIMEOUT_MS / 1000 + 0.5)
    for answer in answers:
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert "written" in answer.document["detail"]
    ready = ask(url, "GET", "/readyz")
    assert ready.status == 503
    assert "broker" in ready.document["detail"]
    assert ask(url, "GET", "/healthz").status == 200

    if how == "frozen":
        os.kill(system.broker.pid, signal.SIGCONT)
    else:
        system.broker.start()
    wait_until(lambda: produce(url, ORDER).status == 201, "orders to be taken again", 60)
    found = wait_until(lambda: ids_in_kafka(system), "the topic to be readable", 30, ignore=(AssertionError,))
    assert set(accepted) <= set(found)
    # What was refused may be there (it said so), but nothing may be there twice.
    assert len([number for number in found if number < 10**15]) == len({n for n in found if n < 10**15})


@pytest.mark.slow
def test_every_route_that_needs_the_broker_says_so_in_time(system):
    system.broker.kill()
    url = system.settings.api.url
    with ThreadPoolExecutor(4) as pool:
        paths = ["/offsets", "/groups", "/groups/analytics", "/messages", "/audit", "/topics"]
        started = time.monotonic()
        answers = dict(zip(paths, pool.map(lambda path: ask(url, "GET", path), paths), strict=True))

    for path, answer in answers.items():
        assert answer.status == 503, path
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.document["next_step"]
    assert time.monotonic() - started < 20
    assert ask(url, "GET", "/stats").status == 200  # the database is there


@pytest.mark.slow
def test_an_idempotency_key_after_an_unknown_outcome_has_one_effect(system):
    system.start_worker("processor")
    url = system.settings.api.url
    assert produce(url, ORDER).status == 201
    with frozen(system.broker.pid):
        first = produce(url, ORDER, idempotency_key="again")
    assert first.status == 503
    assert "Idempotency-Key" in first.document["detail"]

    def repeated():
        answer = produce(url, ORDER, idempotency_key="again")
        return answer.document if answer.status == 201 else None

    accepted = wait_until(repeated, "the repetition to be accepted", 30)
    system.start_worker("analytics")
    system.settle()
    assert system.query(f"SELECT count(*) FROM orders WHERE order_id = {accepted['order_id']}") == [(1,)]


@pytest.mark.slow
def test_sigterm_answers_what_is_under_way_and_loses_nothing_it_confirmed(system):
    url, (api,) = system.settings.api.url, system.children
    confirmed, broken, stop = [], [], threading.Event()

    def send():
        while not stop.is_set():
            try:
                answer = produce(url, ORDER)
            except ConnectionRefusedError:
                return  # it stopped listening: as it should
            except OSError as error:
                broken.append(repr(error))
                return
            if answer.status == 201:
                confirmed.append(answer.document["order_id"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(confirmed) > 200, "orders under way", 30)
    assert api.stop(20) == 0
    stop.set()
    for thread in threads:
        thread.join(20)
    system.start_api()
    assert set(confirmed) <= set(ids_in_kafka(system))
    # A connection in the listen queue is reset by the system; a request that was read is answered.
    assert len(broken) <= len(threads), broken


@pytest.mark.slow
def test_a_second_api_on_the_port_is_one_clear_line(system):
    second = system._child("second", [*system.children[0].process.args], {})

    assert second.process.wait(20) == 3
    assert f"port {system.settings.api.port}" in second.tail()
    assert "PLAYGROUND_API_PORT" in second.tail()
    assert "Traceback" not in second.tail()


@pytest.mark.slow
def test_without_a_broker_the_api_starts_and_waits_for_it(tmp_path):
    system = System(tmp_path, API_DELIVERY_TIMEOUT_MS=str(TIMEOUT_MS))
    try:
        system._child("api", python("-m", "api"), {})
        url = system.settings.api.url
        wait_until(
            lambda: ask(url, "GET", "/healthz").status == 200, "the API to answer", 20, ignore=(OSError,)
        )
        assert ask(url, "GET", "/readyz").status == 503
        assert produce(url, ORDER).status == 503
        system.broker.start()
        wait_until(
            lambda: "topics missing" in ask(url, "GET", "/readyz").document["detail"], "topics missed", 20
        )
        ensure_topics(system.settings)
        wait_until(lambda: produce(url, ORDER).status == 201, "orders to be taken", 60)
        assert ask(url, "GET", "/readyz").status == 200
    finally:
        system.end()
