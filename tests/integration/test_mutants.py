"""The audit has teeth: it fails on each of the mistakes it was made for."""

import signal

import pytest
from support.audit import find_problems
from support.customer import Customer

from playground.waiting import wait_until


@pytest.mark.slow
def test_the_audit_fails_without_the_position_guard(system):
    """The same zombie as in test_crashes, but nothing refuses its write."""
    system.start_worker("analytics")
    zombie = system.start_worker("processor", 1, mutant="guard_off", FAULT_PROCESSING_DELAY_MS="20")
    with Customer(system.settings.api.url) as customer:
        zombie.wait_for("records_handled")
        zombie.signal(signal.SIGSTOP)
        heir = system.start_worker("processor", 2, mutant="guard_off")
        heir.wait_for("partitions_assigned", 20)
        heir.wait_for_more("records_handled", 20)
        zombie.signal(signal.SIGCONT)
        zombie.wait_for_more("records_handled", 1)
        customer.wait_for_more(100)

    assert_the_audit_fails(system, customer)


@pytest.mark.slow
def test_the_audit_fails_when_the_position_moves_before_the_results(system):
    """A crash between the two loses what lies between."""
    system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        mutant = system.start_worker(
            "processor",
            1,
            mutant="commit_before_apply",
            FAULT_CRASH_AFTER_RECORDS="50",
            FAULT_CRASH_AT="after_position",
        )
        mutant.process.wait(60)
        system.start_worker("processor", 2)
        customer.wait_for_more(100)

    assert_the_audit_fails(system, customer)


@pytest.mark.slow
def test_the_audit_fails_with_auto_commit(system):
    """What was delivered but not yet handled counts as done, and a kill loses it."""
    system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        for number in (1, 2, 3):
            mutant = system.start_worker(
                "processor", number, mutant="auto_commit", FAULT_PROCESSING_DELAY_MS="20"
            )
            mutant.wait_for("records_handled", 60)
            wait_until(lambda: kafka_is_ahead(system), "a commit of what is not handled yet", 30)
            mutant.kill()
        system.start_worker("processor", 9, mutant="auto_commit")
        customer.wait_for_more(100)

    assert_the_audit_fails(system, customer)


@pytest.mark.slow
def test_the_audit_fails_with_reset_to_latest(system):
    """A group that begins at the end has not handled what came before."""
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(100)
        system.start_worker("analytics")
        late = system.start_worker("processor", CONSUMER_AUTO_OFFSET_RESET="latest")
        late.wait_for("partitions_assigned")
        customer.wait_for_more(100)

    assert_the_audit_fails(system, customer)


@pytest.mark.slow
def test_the_audit_fails_when_the_api_answers_before_the_broker(system):
    """What was only in the producer's queue when the broker went away was never written."""
    system.start_worker("analytics")
    system.start_worker("processor")
    assert system.children[0].stop(20) == 0
    system.start_api(mutant="ack_before_report", API_DELIVERY_TIMEOUT_MS="1000")
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(60)
        system.broker.stop()
        # Answers go on although nobody is there to write anything, for longer than a record is tried.
        customer.wait_for_more(400, 60)
        system.broker.start()

    system.settle()
    assert any("never processed" in problem for problem in find_problems(system, customer))


def kafka_is_ahead(system):
    """Kafka was told of records that the database does not have: the moment to be killed in."""
    (group,) = system.get("/offsets?group=order-processor")["groups"]
    committed = {part["partition"]: part["committed_offset"] or 0 for part in group["partitions"]}
    handled = dict(
        system.query("SELECT partition, next_offset FROM positions WHERE group_id = 'order-processor'")
    )
    return any(offset > handled.get(partition, 0) for partition, offset in committed.items())


def assert_the_audit_fails(system, customer):
    """Both audits must see it: the system's own, and the one from the customer's list."""
    audit = system.settle()

    assert not audit["balanced"]
    assert find_problems(system, customer)
