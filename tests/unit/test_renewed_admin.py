"""An admin client is replaced when a coordinator does not answer in time, and asks for offsets with care."""

import time
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException

from playground import coordinators
from playground.coordinators import partition_of
from playground.renewed_admin import LIBRDKAFKA_SECONDS, RenewedAdmin
from playground.waiting import wait_until

SOON = 0.05  # a request is out of time
LONG = 30.0  # it is not, for as long as a test takes


class FakeClient:
    """Answers nothing by itself; the test does. `leaders`: of the partitions of __consumer_offsets."""

    def __init__(self, leaders):
        self.asked, self.timeouts, self.looks, self.leaders = [], [], 0, leaders
        self.away = False

    def describe_consumer_groups(self, names, *, request_timeout):
        if names == ["broken"]:
            raise ValueError(names)
        return self._ask(names, request_timeout)

    def list_consumer_group_offsets(self, groups, *, request_timeout):
        return self._ask([group.group_id for group in groups], request_timeout)

    def describe_topics(self, names, *, request_timeout):
        return self._ask(names, request_timeout)

    def list_topics(self, **_options):
        self.looks += 1
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        if not self.leaders:
            return SimpleNamespace(topics={})
        partitions = {part: SimpleNamespace(id=part, leader=at) for part, at in self.leaders.items()}
        return SimpleNamespace(topics={coordinators.TOPIC: SimpleNamespace(partitions=partitions)})

    def _ask(self, names, request_timeout):
        futures = {name: Future() for name in names}
        self.asked += futures.values()
        self.timeouts.append(request_timeout)
        return futures


@pytest.fixture
def leaders():
    """Partition -> broker; a test changes it."""
    return {0: 1, 1: 2}


@pytest.fixture
def clients():
    return []


@pytest.fixture
def admin(clients, leaders, monkeypatch):
    monkeypatch.setattr(coordinators, "MOMENT_SECONDS", 0.0)
    monkeypatch.setattr(coordinators, "FAILED_SECONDS", 0.0)

    def create():
        clients.append(FakeClient(leaders))
        return clients[-1]

    return RenewedAdmin(create)


def describe(admin, name="a", seconds=LONG):
    return admin.describe_consumer_groups([name], request_timeout=seconds)[name]


def offsets(admin, name="a"):
    return admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)], request_timeout=LONG)[name]


def code_of(future):
    with pytest.raises(KafkaException) as raised:
        future.result(10)
    return raised.value.args[0].code()


def test_a_request_without_an_answer_in_time_has_timed_out_and_the_next_one_has_a_new_client(admin, clients):
    assert code_of(describe(admin, seconds=SOON)) == KafkaError._TIMED_OUT
    describe(admin)
    describe(admin)

    assert [len(client.asked) for client in clients] == [1, 2]


def test_a_topic_that_is_not_described_in_time_is_asked_for_by_a_new_client(admin, clients):
    first = admin.describe_topics(["orders"], request_timeout=SOON)["orders"]
    assert code_of(first) == KafkaError._TIMED_OUT

    again = admin.describe_topics(["orders"], request_timeout=LONG)["orders"]
    clients[1].asked[0].set_result("orders")

    assert again.result(10) == "orders"


def test_a_short_time_ends_before_a_longer_one_that_began_earlier(admin):
    describe(admin)
    wait_until(lambda: admin._wakes_at > time.monotonic() + LONG / 2, "the watch on it", 10)

    assert code_of(describe(admin, "b", seconds=SOON)) == KafkaError._TIMED_OUT


def test_librdkafka_never_times_a_request_out(admin, clients):
    """One that does ends the process when the broker comes back."""
    describe(admin, seconds=SOON)
    offsets(admin)

    assert clients[0].timeouts == [LIBRDKAFKA_SECONDS] * 2


def test_what_is_out_of_time_takes_all_that_waits_with_it(admin, clients):
    long = describe(admin)
    describe(admin, "b", seconds=SOON)

    assert code_of(long) == KafkaError._TIMED_OUT
    clients[0].asked[0].set_result("too late")


def test_an_answer_in_time_is_handed_on_and_the_client_stays(admin, clients):
    answered, refused = describe(admin), describe(admin, "b")
    clients[0].asked[0].set_result("stable")
    clients[0].asked[1].set_exception(ValueError("no such group"))

    assert answered.result(0) == "stable"
    with pytest.raises(ValueError, match="no such group"):
        refused.result(0)
    describe(admin)
    assert len(clients) == 1


def test_a_late_answer_of_the_old_client_says_nothing_of_the_new_one(admin, clients):
    code_of(describe(admin, seconds=SOON))
    waits = describe(admin)
    clients[0].asked[0].set_exception(KafkaException(KafkaError(KafkaError._DESTROY)))

    assert not waits.done()
    clients[1].asked[0].set_result("stable")
    assert waits.result(0) == "stable"


def test_what_was_never_asked_is_not_waited_for(admin, clients):
    assert admin.describe_consumer_groups([], request_timeout=SOON) == {}
    with pytest.raises(ValueError, match="broken"):
        describe(admin, "broken", seconds=SOON)
    answered = describe(admin, seconds=SOON * 4)
    clients[0].asked[0].set_result("stable")
    answered.result(0)
    assert code_of(describe(admin, seconds=SOON * 2)) == KafkaError._TIMED_OUT

    assert len(clients) == 1


def test_other_calls_go_to_the_client_of_now(admin, clients):
    code_of(describe(admin, seconds=SOON))
    wait_until(lambda: admin.list_topics(timeout=1), "the metadata", 1)

    assert len(clients) == 2


def test_no_offsets_are_asked_for_while_a_groups_coordinator_is_nowhere(admin, clients, leaders):
    """The answer NOT_COORDINATOR to such a request ends the process."""
    leaders[partition_of("a", 2)] = -1
    assert code_of(offsets(admin, "a")) == KafkaError.COORDINATOR_NOT_AVAILABLE
    offsets(admin, "b")

    assert [len(client.asked) for client in clients] == [1]


def test_after_coordinators_have_moved_offsets_are_asked_for_by_a_new_client(admin, clients, leaders):
    """The old one would ask the broker where they were, which answers NOT_COORDINATOR."""
    offsets(admin)
    leaders[1] = 1
    offsets(admin)
    offsets(admin)

    assert [len(client.asked) for client in clients] == [1, 2]


def test_a_coordinator_that_was_nowhere_meanwhile_has_moved(admin, clients, leaders):
    offsets(admin, "a")
    before = dict(leaders)
    leaders[partition_of("a", 2)] = -1
    code_of(offsets(admin, "a"))
    leaders.update(before)
    offsets(admin, "a")

    assert [len(client.asked) for client in clients] == [1, 1]


def test_the_first_group_of_a_cluster_is_no_move(admin, clients, leaders):
    leaders.clear()
    offsets(admin)
    leaders[0] = 1
    offsets(admin)

    assert len(clients) == 1


def test_one_look_is_enough_for_the_groups_of_a_moment(admin, clients, monkeypatch):
    monkeypatch.setattr(coordinators, "MOMENT_SECONDS", LONG)
    for name in "abc":
        offsets(admin, name)

    assert (clients[0].looks, len(clients[0].asked)) == (1, 3)


def test_a_look_that_fails_is_enough_too(admin, clients, leaders, monkeypatch):
    """A thousand groups do not wait one after another for a broker that is away."""
    monkeypatch.setattr(coordinators, "FAILED_SECONDS", LONG)
    clients[0].away = True
    codes = {code_of(offsets(admin, name)) for name in "abc"}

    assert codes == {KafkaError._TRANSPORT}
    assert (clients[0].looks, clients[0].asked) == (1, [])


# As a broker of Kafka 4.3.1 with four partitions says in its log.
@pytest.mark.parametrize(
    ("group_id", "partition"), [("analytics", 2), ("order-processor", 1), ("g1", 2), ("g2", 3), ("g10", 2)]
)
def test_a_group_belongs_to_a_partition_by_javas_hash(group_id, partition):
    assert partition_of(group_id, 4) == partition


def test_the_hash_that_has_no_absolute_value_in_java_is_none():
    assert partition_of("polygenelubricants", 3) == 0
