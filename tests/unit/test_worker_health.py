"""A worker's probes and numbers, asked over HTTP: alive, ready, and what /metrics says."""

import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.free_ports import free_port

from playground.errors import EnvironmentMissing
from playground.events import EventName
from playground.groups import Group, Member
from workers.health import Health
from workers.http_server import WorkerServer
from workers.membership import Membership
from workers.rebalance_count import RebalanceCount
from workers.worker_metrics import CountedEvents, render_load

FOREVER = 3600.0


@pytest.fixture
def serve():
    """Answers for a `Health`; gives a function path -> status and text."""
    servers = []

    def start(health, metrics=lambda: b""):
        server = WorkerServer(("127.0.0.1", free_port()), health, metrics, "PLAYGROUND_SOME_PORT")
        servers.append(server)
        server.start()

        def ask(path):
            try:
                url = f"http://127.0.0.1:{server.server_address[1]}{path}"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code, refused.read().decode()

        return ask

    yield start
    for server in servers:
        server.stop()


class Silent:
    """A consumer's group metadata, as under KIP-848: the epoch in it changes with the join."""

    def __init__(self):
        self.metadata = b"epoch -1"

    def consumer_group_metadata(self):
        return self.metadata


def test_a_loop_that_comes_round_is_alive_and_ready(serve):
    ask = serve(Health(FOREVER))

    assert ask("/healthz") == (200, "ok\n")
    assert ask("/readyz?verbose") == (200, "ok\n")


def test_a_stuck_loop_is_neither_alive_nor_ready_until_it_comes_round_again(serve):
    health = Health(FOREVER)
    ask = serve(health)
    health.beat_at -= 2 * FOREVER

    for path in ("/healthz", "/readyz"):
        status, reason = ask(path)
        assert status == 503
        assert reason.startswith("the loop has not come round for 7200")
        assert reason.endswith("(it may take 3600 s)\n")

    health.beat()
    assert ask("/healthz")[0] == ask("/readyz")[0] == 200


def test_what_waiting_heals_costs_readiness_and_not_life(serve):
    health = Health(FOREVER, "the broker is away")
    ask = serve(health)

    assert ask("/healthz") == (200, "ok\n")
    assert ask("/readyz") == (503, "the broker is away\n")


def test_other_paths_are_told_what_there_is(serve):
    assert serve(Health(FOREVER))("/nix") == (404, "there is /metrics, /healthz and /readyz\n")


def test_a_taken_port_names_the_setting(serve):
    ask = serve(Health(FOREVER))
    assert ask("/healthz")[0] == 200
    with WorkerServer(("127.0.0.1", 0), Health(FOREVER), bytes, "PLAYGROUND_A") as first:
        with pytest.raises(EnvironmentMissing) as refused:
            WorkerServer(first.server_address, Health(FOREVER), bytes, "PLAYGROUND_WORKER_HTTP_PORT")
        assert "PLAYGROUND_WORKER_HTTP_PORT" in refused.value.next_step


def test_an_idle_member_of_a_silent_protocol_has_joined_with_its_epoch():
    consumer = Silent()
    membership = Membership(consumer, "g", silent=True)
    assert membership.obstacle() == "it has not joined group g yet"

    consumer.metadata = b"epoch 3"
    assert membership.obstacle() is None


def test_a_member_of_a_classic_group_has_joined_with_its_assignment_alone():
    consumer = Silent()
    membership = Membership(consumer, "g", silent=False)
    consumer.metadata = b"a member id, but no assignment yet"
    assert membership.obstacle() == "it has not joined group g yet"

    membership.assigned()
    assert membership.obstacle() is None


def samples(text):
    """Name and the labels that tell series apart -> value."""
    return {
        (sample.name, *(v for k, v in sample.labels.items() if k not in {"worker", "consumergroup"})): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def handled(**counts):
    return {"partition": 0, "first_offset": 0, "last_offset": 9} | counts


def test_numbers_are_counted_from_the_events(serve, capfd):
    events = CountedEvents("processor-1", "g", lambda _topic, _value: None)
    health = Health(FOREVER)
    events.write(EventName.PARTITIONS_ASSIGNED, partitions=[], owned=[0, 1, 2])
    events.write(EventName.PARTITIONS_REVOKED, partitions=[], owned=[0, 1])
    events.write(
        EventName.RECORDS_HANDLED,
        partitions=[
            handled(count=5, duplicates=2, dead_lettered=1),
            handled(count=4, duplicates=0, dead_lettered=0),
        ],
    )
    events.write(EventName.WRITE_REFUSED, topic="orders", partition=0, expected=1, found=2)
    events.batch_took(0.02)
    events.batch_took(99)
    status, text = serve(health, lambda: events.render(health))("/metrics")
    found = samples(text)

    assert status == 200
    assert found["playground_worker_assigned_partitions",] == 2
    assert found["playground_worker_records_handled_total", "processed"] == 9
    assert found["playground_worker_records_handled_total", "duplicate"] == 2
    assert found["playground_worker_records_handled_total", "dead_lettered"] == 1
    assert found["playground_worker_rebalances_total", "assigned"] == 1
    assert found["playground_worker_rebalances_total", "revoked"] == 1
    assert found["playground_worker_rebalances_total", "lost"] == 0
    assert found["playground_worker_writes_refused_total",] == 1
    assert found["playground_worker_batch_seconds_bucket", "0.025"] == 1
    assert found["playground_worker_batch_seconds_count",] == 2
    assert 'worker="processor-1",consumergroup="g"' in text
    assert capfd.readouterr().out.count("\n") == 4  # and they were written, too


def test_the_last_poll_is_told_as_a_time_of_day(capfd):
    events = CountedEvents("processor-1", "g", lambda _topic, _value: None)
    earlier, later = Health(FOREVER), Health(FOREVER)
    earlier.beat_at = later.beat_at - 1000
    name = ("playground_worker_last_poll_timestamp_seconds",)

    passed = samples(events.render(later).decode())[name] - samples(events.render(earlier).decode())[name]
    assert round(passed) == 1000


def test_the_load_tells_what_became_of_its_orders():
    found = samples(render_load("load-1", 7, 2).decode())

    assert found["playground_load_orders_total", "accepted"] == 7
    assert found["playground_load_orders_total", "rejected"] == 2


def group(state="stable", **assignments):
    """A group whose members own these partitions of `t`."""
    members = (
        Member(name, name, "h", None, tuple(("t", part) for part in parts), None)
        for name, parts in assignments.items()
    )
    return Group("g", state, "classic", members=tuple(members))


BOTH = {"a": [0], "b": [1]}


@pytest.mark.parametrize(
    ("looks", "rebalances"),
    [
        ([group(a=[0, 1])], 0),  # where it began is not known
        ([group(a=[0, 1]), group(a=[0, 1])], 0),
        ([group(a=[0, 1]), group(**BOTH)], 1),  # between two looks
        ([group(a=[0, 1]), group("preparing_rebalance", **BOTH), group(**BOTH)], 1),
        ([group(a=[0, 1]), group("reconciling", a=[0], b=[]), group(**BOTH)], 1),
        ([group(a=[0, 1]), group("preparing_rebalance", a=[0, 1]), group(a=[0, 1])], 1),
        ([group(**BOTH), group(a=[1], b=[0])], 1),  # the same members, other partitions
        ([group(**BOTH), group(a=[0], c=[1])], 1),  # a member in place of another
        ([group(a=[0]), group(a=[0], b=[]), group(a=[0])], 2),  # an idle one comes and goes
        ([Group("g"), group(a=[0])], 1),
    ],
)
def test_a_stretch_of_change_is_one_rebalance(looks, rebalances):
    count = RebalanceCount()
    for look in looks:
        count.look([look])

    assert count.series() == [(("g",), rebalances)]


def test_a_group_that_is_gone_is_forgotten():
    count = RebalanceCount()
    count.look([group(a=[0])])
    count.look([])

    assert count.series() == []
