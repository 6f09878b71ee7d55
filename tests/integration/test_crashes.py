"""Workers that are killed, paused and stopped under load; every test ends in the customer's audit."""

import signal
from datetime import datetime

import pytest
from support.audit import verify
from support.customer import Customer

from playground.settings import CRASH_POINTS
from playground.waiting import wait_until

BOTH_DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
SESSION_SECONDS = 3.0


@pytest.mark.slow
@BOTH_DATABASES
def test_a_processor_killed_twenty_times_in_mid_batch_loses_and_repeats_nothing(system):
    """Kill -9 while a batch is being handled, again and again, with the same name each time."""
    system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        for _ in range(20):
            worker = system.start_worker("processor", FAULT_PROCESSING_DELAY_MS="2")
            worker.wait_for("records_handled", 30)
            customer.wait_for_more(40)
            worker.kill()
        system.start_worker("processor", 2)
        customer.wait_for_more(100)

    verify(system, customer)


@pytest.mark.slow
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_crash_at_each_point_of_the_transaction_leaves_no_trace(system, point):
    """The worker kills itself exactly there; another one goes on."""
    system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        for number in (1, 2, 3):
            worker = system.start_worker(
                "processor", number, FAULT_CRASH_AFTER_RECORDS="50", FAULT_CRASH_AT=point
            )
            assert worker.process.wait(60) == -signal.SIGKILL
        system.start_worker("processor", 4)
        customer.wait_for_more(100)

    verify(system, customer)


@pytest.mark.slow
@BOTH_DATABASES
def test_a_paused_member_that_comes_back_has_its_write_refused(system):
    """SIGSTOP past the session timeout: others take over, and the zombie's batch must not count."""
    system.start_worker("analytics")
    zombie = system.start_worker("processor", 1, FAULT_PROCESSING_DELAY_MS="20")
    zombie.wait_for("partitions_assigned")
    with Customer(system.settings.api.url) as customer:
        zombie.wait_for("records_handled")
        zombie.signal(signal.SIGSTOP)
        heir = system.start_worker("processor", 2)
        heir.wait_for("partitions_assigned", SESSION_SECONDS * 6)
        heir.wait_for_more("records_handled", 20)
        zombie.signal(signal.SIGCONT)
        zombie.wait_for("write_refused", 30)
        customer.wait_for_more(200)

    verify(system, customer)


@pytest.mark.slow
def test_sigterm_finishes_the_batch_and_hands_over_at_once(system):
    """Rolling restart: exit 0 within ten seconds, and the other member owns all before any timeout."""
    system.start_worker("analytics")
    first = system.start_worker("processor", 1, FAULT_PROCESSING_DELAY_MS="5")
    with Customer(system.settings.api.url) as customer:
        first.wait_for("records_handled")
        second = system.start_worker("processor", 2)
        second.wait_for("partitions_assigned")
        before = len(second.events)
        assert first.stop(10) == 0
        assert first.events[-1]["event"] == "shutdown_complete"
        taken = second.wait_for("partitions_assigned", after=before)
        assert taken["owned"] == [0, 1, 2, 3, 4, 5]
        assert first.events[-1]["at"] > taken["at"] or _seconds(first.events[-1], taken) < SESSION_SECONDS
        customer.wait_for_more(100)

    verify(system, customer)
    assert second.count("write_refused") == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "protocol",
    [
        {"CONSUMER_GROUP_PROTOCOL": "classic", "CONSUMER_ASSIGNOR": "range"},
        {"CONSUMER_GROUP_PROTOCOL": "classic", "CONSUMER_ASSIGNOR": "cooperative-sticky"},
        {"CONSUMER_GROUP_PROTOCOL": "consumer", "CONSUMER_ASSIGNOR": "range"},
    ],
    ids=["classic-range", "classic-cooperative-sticky", "consumer-range"],
)
def test_every_group_protocol_survives_scaling_and_a_kill(system, protocol):
    """1 -> 3 members, kill one, stop one: ownership moves, the audit holds."""
    system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        workers = [system.start_worker("processor", number, **protocol) for number in (1, 2, 3)]
        for worker in workers:
            worker.wait_for("records_handled", 60)
        workers[0].kill()
        assert workers[1].stop(10) == 0
        last = workers[2]
        wait_until(lambda: _owned(last) == {0, 1, 2, 3, 4, 5}, "the last member to own all partitions", 60)
        customer.wait_for_more(100)

    verify(system, customer)


def _seconds(earlier, later):
    return (datetime.fromisoformat(later["at"]) - datetime.fromisoformat(earlier["at"])).total_seconds()


def _owned(worker):
    assignments = [event for event in list(worker.events) if "owned" in event]
    return set(assignments[-1]["owned"]) if assignments else set()
