"""An admin client whose coordinator requests get no answer is replaced, once."""

from concurrent.futures import Future

import pytest
from confluent_kafka import KafkaError, KafkaException

from playground import renewed_admin
from playground.renewed_admin import STUCK_SECONDS, RenewedAdmin


class FakeClient:
    """Answers nothing by itself; the test does."""

    def __init__(self):
        self.asked = []

    def describe_consumer_groups(self, names, **_options):
        if names == ["broken"]:
            raise ValueError(names)
        futures = {name: Future() for name in names}
        self.asked += futures.values()
        return futures

    def list_topics(self, **_options):
        return self


@pytest.fixture
def clients():
    return []


@pytest.fixture
def admin(clients):
    def create():
        clients.append(FakeClient())
        return clients[-1]

    return RenewedAdmin(create)


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(renewed_admin.time, "monotonic", lambda: now[0])

    def let_pass(seconds):
        now[0] += seconds

    return let_pass


def test_a_request_that_waits_too_long_gives_the_next_one_a_new_client(admin, clients, clock):
    admin.describe_consumer_groups(["a"], request_timeout=5)
    clock(STUCK_SECONDS + 0.1)
    admin.describe_consumer_groups(["a"], request_timeout=5)
    admin.describe_consumer_groups(["a"], request_timeout=5)

    assert [len(client.asked) for client in clients] == [1, 2]


def test_a_slow_answer_is_an_answer(admin, clients, clock):
    admin.describe_consumer_groups(["a"])
    clock(STUCK_SECONDS - 0.1)
    admin.describe_consumer_groups(["a"])
    clients[0].asked[0].set_result(None)
    clock(1)
    admin.describe_consumer_groups(["a"])

    assert len(clients) == 1


def test_the_answer_of_one_group_is_none_for_another(admin, clients, clock):
    admin.describe_consumer_groups(["a", "b"])
    clients[0].asked[0].set_result(None)
    clock(STUCK_SECONDS + 0.1)
    admin.describe_consumer_groups(["a"])

    assert len(clients) == 2


def test_after_a_request_that_timed_out_the_next_one_has_a_new_client(admin, clients, clock):
    admin.describe_consumer_groups(["a"])
    clients[0].asked[0].set_exception(KafkaException(KafkaError(KafkaError._TIMED_OUT)))
    admin.describe_consumer_groups(["a"])
    clients[1].asked[0].set_result(None)
    admin.describe_consumer_groups(["a"])

    assert [len(client.asked) for client in clients] == [1, 2]


def test_a_late_timeout_of_the_old_client_says_nothing_of_the_new_one(admin, clients, clock):
    admin.describe_consumer_groups(["a"])
    clock(60)
    admin.describe_consumer_groups(["a"])
    clients[0].asked[0].set_exception(KafkaException(KafkaError(KafkaError._TIMED_OUT)))
    admin.describe_consumer_groups(["a"])

    assert len(clients) == 2


def test_an_error_is_an_answer_too(admin, clients, clock):
    admin.describe_consumer_groups(["a"])
    clients[0].asked[0].set_exception(ValueError("no such group"))
    clock(60)
    admin.describe_consumer_groups(["a"])

    assert len(clients) == 1


def test_what_was_never_asked_is_not_waited_for(admin, clients, clock):
    admin.describe_consumer_groups([])
    with pytest.raises(ValueError, match="broken"):
        admin.describe_consumer_groups(["broken"])
    clock(60)
    admin.describe_consumer_groups(["a"])

    assert len(clients) == 1


def test_other_calls_go_to_the_client_of_now(admin, clients, clock):
    admin.describe_consumer_groups(["a"])
    clock(60)
    admin.describe_consumer_groups(["a"])

    assert admin.list_topics(timeout=1) is clients[1]
