"""The broker's data is lost and the orders database is kept: new orders are never taken for old ones."""

import json
import shutil
from types import SimpleNamespace

import pytest
from support.asking import produce_lines
from support.audit import find_problems, verify

from playground.topics import ensure_topics

ORDERS = 60
BOTH_DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.mark.slow
@BOTH_DATABASES
def test_orders_of_a_new_broker_are_no_repeats_of_old_ones(system):
    """`order-ids` is gone with everything else, and the leases of the new one begin at offset 0 again."""
    customer = SimpleNamespace(acknowledged={}, unknown=set())
    work(system, customer)
    lose_the_broker(system)
    work(system, customer)

    assert len(customer.acknowledged) == 2 * ORDERS, "the API gave out an id twice"
    assert system.query("SELECT COUNT(*) FROM orders") == [(2 * ORDERS,)]
    verify(system, customer)


@pytest.mark.slow
def test_the_proof_above_fails_when_every_topic_leads_to_the_same_ids(system):
    """The mistake it was made for: orders are acknowledged, and their effects are lost without a word."""
    customer = SimpleNamespace(acknowledged={}, unknown=set())
    work(system, customer, mutant="leases_begin_again")
    lose_the_broker(system)
    work(system, customer, mutant="leases_begin_again")

    assert len(customer.acknowledged) < 2 * ORDERS
    assert any("applied" in problem for problem in find_problems(system, customer))


def work(system, customer, mutant=None):
    """A fresh API takes orders without ids, workers handle all of them, and everything ends."""
    end_children(system)
    system.start_api(mutant=mutant)
    system.start_worker("processor")
    system.start_worker("analytics")
    line = json.dumps({"user": "alice", "item": "book", "qty": 2}).encode()
    answer = produce_lines(system.settings.api.url, b"\n".join([line] * ORDERS))
    assert answer.status == 201, answer.content
    accepted = answer.document["accepted"]
    customer.acknowledged |= {each["order_id"]: (each["partition"], each["offset"]) for each in accepted}
    system.settle()


def lose_the_broker(system):
    """A broker with a new, empty folder takes the place of the old one; the database stays."""
    end_children(system)
    system.broker.stop()
    shutil.rmtree(system.settings.data_dir / "broker")
    system.broker.start()
    ensure_topics(system.settings)


def end_children(system):
    for child in system.children:
        child.end()
    system.children.clear()
