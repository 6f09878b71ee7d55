"""From hand-over to answer, with a producer that does what the test says."""

import asyncio
import threading

import pytest
from confluent_kafka import KafkaError, KafkaException

from api.deliveries import Deliveries, Delivery, Record
from playground.errors import DeliveryFailed, KafkaUnavailable, Overloaded

RECORD = Record(b"{}", b"k")


class Report:
    """What the broker says of a record."""

    def __init__(self, offset):
        self._offset = offset

    def partition(self):
        return 2

    def offset(self):
        return self._offset

    def timestamp(self):
        return (1, 1000 + self._offset)


class FakeProducer:
    """Reports what it was given when polled, with the error that was asked for."""

    def __init__(self, on_error, *, error=None, silent=False, room=1_000_000):
        self.on_error = on_error
        self.error = error
        self.silent = silent
        self.room = room
        self.purged = False
        self._waiting = []
        self._polled = threading.Event()

    def produce(self, _topic, _value, _key, _partition, on_delivery):
        if self.room == 0:
            raise BufferError("Local: Queue full")
        self.room -= 1
        self._waiting.append(on_delivery)
        self._polled.set()

    def produce_batch(self, _topic, messages):
        for message in messages:
            if self.room == 0:
                message["_error"] = KafkaError(KafkaError._QUEUE_FULL)
                continue
            self.room -= 1
            self._waiting.append(message["callback"])
        self._polled.set()

    def poll(self, seconds):
        self._polled.wait(seconds)
        self._polled.clear()
        if not self.silent:
            while self._waiting:
                self._waiting.pop(0)(self.error, Report(7))

    def purge(self):
        self.purged = True

    def flush(self, _seconds):
        return len(self._waiting)


def run(scenario, *, max_in_flight=1000, timeout=5.0, **how):
    """Run `scenario(deliveries, producers)` on an event loop."""
    producers = []

    def create(on_error):
        producers.append(FakeProducer(on_error, **how))
        return producers[-1]

    async def main():
        deliveries = Deliveries(create, max_in_flight=max_in_flight, timeout_seconds=timeout)
        try:
            return await scenario(deliveries, producers)
        finally:
            deliveries.close(0)

    return asyncio.run(asyncio.wait_for(main(), 20))


def test_the_answer_is_the_report():
    async def scenario(deliveries, _):
        found = await deliveries.send("orders", RECORD)
        return found, deliveries.in_flight

    assert run(scenario) == (Delivery(2, 7, 1007), 0)


def test_without_a_report_there_is_no_answer_but_a_bounded_refusal():
    async def scenario(deliveries, _):
        with pytest.raises(KafkaUnavailable, match="may or may not have been written"):
            await deliveries.send("orders", RECORD)
        return deliveries.in_flight

    assert run(scenario, silent=True, timeout=0.2) == 1  # it still takes room: it may be reported yet


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (KafkaError._MSG_TIMED_OUT, KafkaUnavailable, "may or may not"),
        (KafkaError._PURGE_QUEUE, KafkaUnavailable, "nothing was written"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaUnavailable, "topic is missing"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, DeliveryFailed, "nothing was written"),
    ],
)
def test_a_report_of_failure_says_whether_something_may_have_been_written(code, kind, words):
    async def scenario(deliveries, _):
        with pytest.raises(kind, match=words):
            await deliveries.send("orders", RECORD)

    run(scenario, error=KafkaError(code))


def test_a_full_queue_is_an_overload():
    async def scenario(deliveries, _):
        with pytest.raises(Overloaded):
            await deliveries.send("orders", RECORD)
        return deliveries.in_flight

    assert run(scenario, room=0) == 0


def test_no_more_than_allowed_is_in_flight():
    async def scenario(deliveries, _):
        waiting = [asyncio.ensure_future(deliveries.send("orders", RECORD)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await deliveries.send("orders", RECORD)
        with pytest.raises(Overloaded):
            await deliveries.send_batch("orders", [RECORD] * 2)
        for each in waiting:
            each.cancel()

    run(scenario, silent=True, max_in_flight=3)


def test_a_batch_that_fits_in_part_says_which_part():
    async def scenario(deliveries, _):
        outcomes = await deliveries.send_batch("orders", [RECORD] * 5)
        return outcomes, deliveries.in_flight

    outcomes, in_flight = run(scenario, room=3)
    assert [type(each) for each in outcomes] == [Delivery] * 3 + [Overloaded] * 2
    assert in_flight == 0


def test_a_batch_without_reports_is_bounded_and_unknown():
    async def scenario(deliveries, _):
        return await deliveries.send_batch("orders", [RECORD] * 2)

    outcomes = run(scenario, silent=True, timeout=0.2)
    assert ["may or may not" in str(each) for each in outcomes] == [True, True]


def test_a_batch_that_the_producer_refuses_as_a_whole():
    async def scenario(deliveries, producers):
        def refuse(_topic, _messages):
            raise KafkaException(KafkaError(KafkaError._STATE))

        producers[0].produce_batch = refuse
        return await deliveries.send_batch("orders", [RECORD] * 2), deliveries.in_flight

    outcomes, in_flight = run(scenario)
    assert [type(each) for each in outcomes] == [KafkaUnavailable] * 2
    assert in_flight == 0


def test_after_a_fatal_error_a_new_producer_takes_over():
    async def scenario(deliveries, producers):
        await deliveries.send("orders", RECORD)
        producers[0].on_error(KafkaError(KafkaError._FATAL, "out of order", fatal=True))
        await deliveries.send("orders", RECORD)
        return len(producers), producers[0].purged or producers[0].flush(0) == 0

    number, _ = run(scenario)
    assert number == 2


def test_an_error_that_passes_keeps_the_producer():
    async def scenario(deliveries, producers):
        producers[0].on_error(KafkaError(KafkaError._ALL_BROKERS_DOWN))
        await deliveries.send("orders", RECORD)
        return len(producers)

    assert run(scenario) == 1
