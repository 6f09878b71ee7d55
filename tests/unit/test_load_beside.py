"""Profiles and payments that go along with the load."""

from dataclasses import replace

import pytest

from playground.settings import read_settings
from workers.load import make_order
from workers.load_beside import AT_ONCE, Beside


@pytest.fixture
def settings():
    return replace(read_settings({}).load, users=5, paid_share=1.0)


class Api:
    """Acknowledges what it is sent, or nothing."""

    def __init__(self, *, here=True):
        self.here = here
        self.sent = {"/users": [], "/payments": []}

    def __call__(self, path, documents):
        assert 1 <= len(documents) <= AT_ONCE
        if self.here:
            self.sent[path] += documents
        return self.here


def test_every_user_that_orders_has_a_profile(settings):
    api = Api()
    Beside(settings, api).send()

    assert {make_order(settings)["user"] for _ in range(200)} <= {each["user"] for each in api.sent["/users"]}
    assert len(api.sent["/users"]) == 5


def test_then_one_of_them_moves_now_and_then(settings):
    api = Api()
    beside = Beside(settings, api)
    for _ in range(4):
        beside.send()

    assert len(api.sent["/users"]) == 5 + 3


def test_what_was_refused_is_sent_again_in_its_order(settings):
    api = Api(here=False)
    beside = Beside(settings, api)
    beside.accepted([1, 2, 3])
    beside.send()
    api.here = True
    beside.accepted([4])
    beside.send()

    assert len(api.sent["/users"]) == 5
    assert [each["order_id"] for each in api.sent["/payments"]] == [1, 2, 3, 4]


def test_payments_do_not_pile_up_for_ever(settings):
    beside = Beside(settings, Api(here=False))
    for start in range(0, 100_000, 1000):
        beside.accepted(range(start, start + 1000))
    api = Api()
    beside._post = api
    for _ in range(20):
        beside.send()

    assert [each["order_id"] for each in api.sent["/payments"]] == list(range(90_000, 100_000))


def test_only_a_share_is_paid(settings):
    api = Api()
    beside = Beside(replace(settings, paid_share=0.0), api)
    beside.accepted(range(1000))
    beside.send()

    assert api.sent["/payments"] == []
