"""The broker and the database go away and come back; nothing acknowledged is lost, nothing hangs."""

import sqlite3
from contextlib import closing, contextmanager

import psycopg
import pytest
from support.audit import verify
from support.customer import Customer
from support.freezing import frozen

from playground.waiting import wait_until


@contextmanager
def locked_sqlite(system):
    """Somebody else writes to the orders database for as long as the block lasts."""
    path = system.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        yield
        intruder.execute("ROLLBACK")


def backend_that_waits_for_a_position(system):
    """The PostgreSQL process that has a batch's rows and waits for the lock of their position."""
    waiting = system.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%UPDATE positions%'"
    )
    return waiting[0][0] if waiting else None


@pytest.mark.slow
def test_the_broker_stops_and_comes_back_under_load(system):
    """While it is away the API says 503 and never 201; afterwards all go on by themselves."""
    system.start_worker("analytics")
    system.start_worker("processor")
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(100)
        system.broker.stop()
        wait_until(lambda: customer.answers.get(503, 0) >= 2, f"503 while away; got {customer.answers}", 60)
        system.broker.start()
        customer.wait_for_more(200, 90)

    verify(system, customer, seconds=90)
    assert set(customer.answers) <= {201, 207, 503}  # 207: the broker left in mid-batch


@pytest.mark.slow
def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(system):
    """Kill -9 of the broker, three times."""
    system.start_worker("analytics")
    system.start_worker("processor")
    with Customer(system.settings.api.url) as customer:
        for _ in range(3):
            customer.wait_for_more(100, 90)
            system.broker.kill()
            system.broker.start()
        customer.wait_for_more(100, 90)

    verify(system, customer, seconds=90)


@pytest.mark.slow
def test_a_locked_database_delays_and_loses_nothing(system):
    """Somebody holds the lock for longer than a worker waits for it."""
    analytics = system.start_worker("analytics")
    processor = system.start_worker("processor")
    with Customer(system.settings.api.url) as customer:
        processor.wait_for("records_handled")
        with locked_sqlite(system):
            for worker in (processor, analytics):
                worker.wait_for("database_unavailable", 60)
        customer.wait_for_more(100)

    verify(system, customer)
    assert processor.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_postgresql_ends_all_connections_and_the_workers_reconnect(system, postgres):
    """An immediate restart of the server: connections die in mid-transaction."""
    analytics = system.start_worker("analytics")
    processor = system.start_worker("processor")
    with Customer(system.settings.api.url) as customer:
        processor.wait_for("records_handled")
        postgres.stop("immediate")
        for worker in (processor, analytics):
            worker.wait_for("database_unavailable", 60)
        postgres.restart()
        customer.wait_for_more(100)

    verify(system, customer)


@pytest.mark.slow
def test_sigterm_ends_workers_in_ten_seconds_although_the_broker_is_away(system):
    """A broker that is frozen answers neither the commit nor the leave: the exit is clean all the same."""
    workers = [system.start_worker("analytics"), system.start_worker("processor")]
    with Customer(system.settings.api.url):
        for worker in workers:
            worker.wait_for("records_handled")
        with frozen(system.broker.pid):
            assert [worker.stop(10) for worker in workers] == [0, 0]


@pytest.mark.slow
def test_a_static_member_with_a_name_that_is_taken_ends_with_an_error(system):
    """KIP-848 fences the newcomer, for good: the process says so and exits 1."""
    first = system.start_worker("processor", 1, CONSUMER_GROUP_INSTANCE_ID="till-1")
    first.wait_for("partitions_assigned")
    second = system.start_worker("processor", 2, CONSUMER_GROUP_INSTANCE_ID="till-1")

    fatal = second.wait_for("fatal")

    assert second.process.wait(15) == 1
    assert "instance" in fatal["detail"].lower()
    assert first.process.poll() is None


@pytest.mark.slow
def test_sigterm_ends_a_worker_in_ten_seconds_although_the_database_is_locked(system):
    """The batch at hand was not written, so it has not happened."""
    processor = system.start_worker("processor")
    analytics = system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        processor.wait_for("records_handled")
        with locked_sqlite(system):
            processor.wait_for("database_unavailable", 60)
            assert processor.stop(10) == 0
        assert processor.events[-1]["event"] == "shutdown_complete"  # it gave up the lock, not its life
        system.start_worker("processor", 2)
        customer.wait_for_more(50)

    verify(system, customer)
    assert analytics.process.poll() is None


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_sigterm_ends_a_worker_in_ten_seconds_although_postgresql_is_frozen(system):
    """Stuck in a statement of its transaction it ends hard, and the batch has not happened."""
    processor = system.start_worker("processor")
    analytics = system.start_worker("analytics")
    with Customer(system.settings.api.url) as customer:
        processor.wait_for("records_handled")
        with psycopg.connect(system.settings.database_url) as intruder:
            intruder.execute("SELECT 1 FROM positions WHERE group_id = 'order-processor' FOR UPDATE")
            backend = wait_until(
                lambda: backend_that_waits_for_a_position(system), "the processor to wait for the lock", 30
            )
            with frozen(backend):
                intruder.rollback()
                handled = processor.count("records_handled")
                assert processor.stop(10) == 0
                assert processor.count("records_handled") == handled, "it was not stuck in the statement"
                assert processor.count("shutdown_complete") == 0
        system.start_worker("processor", 2)
        customer.wait_for_more(100)

    verify(system, customer)
    assert analytics.process.poll() is None


@pytest.mark.slow
def test_a_member_that_can_never_join_says_so_and_ends(system):
    """cooperative-sticky beside range: the broker refuses for good, so silence would be a trap."""
    first = system.start_worker("processor", 1, CONSUMER_GROUP_PROTOCOL="classic", CONSUMER_ASSIGNOR="range")
    first.wait_for("partitions_assigned")
    second = system.start_worker(
        "processor", 2, CONSUMER_GROUP_PROTOCOL="classic", CONSUMER_ASSIGNOR="cooperative-sticky"
    )

    assert second.wait_for("fatal")["code"] == "INCONSISTENT_GROUP_PROTOCOL"
    assert second.process.wait(15) == 1
