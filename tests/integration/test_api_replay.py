"""POST /groups/{group_id}/replay: a preview, then a group that reads again and has no second effect."""

import json
from datetime import UTC, datetime

import pytest
from support.asking import ask, produce

from playground import replay as replaying
from playground.clients import create_admin
from playground.clock import iso, now_ms
from playground.consumer_settings import AT_LEAST_ONCE, AT_MOST_ONCE, EXACTLY_ONCE
from playground.errors import Conflict
from playground.store import open_store
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2, "age": 31}


def replay(url, group_id, **body):
    return ask(
        url,
        "POST",
        f"/groups/{group_id}/replay",
        json.dumps(body).encode(),
        content_type="application/json",
    )


def balance(system, group_id):
    rows = [group for group in system.get("/audit")["groups"] if group["group_id"] == group_id]
    return rows[0]["partitions"] if rows else []


def wait_processed(system, group_id, orders):
    wait_until(
        lambda: sum(row["processed"] for row in balance(system, group_id)) == orders,
        f"{orders} orders processed by {group_id}",
        30,
    )


@pytest.fixture(scope="module")
def moment(shared_system, url):
    """Four orders, a moment, three more: a time between them."""
    for _ in range(4):
        produce(url, ORDER)
    wait_until(lambda: now_ms() % 100 < 5, "a new tenth of a second", 1, every=0.001)
    between = now_ms()
    wait_until(lambda: now_ms() > between + 5, "a later millisecond", 1, every=0.001)
    for _ in range(3):
        produce(url, ORDER)
    return between


def test_a_group_reads_again_what_its_preview_says_and_nothing_takes_effect_twice(shared_system, url, moment):
    worker = shared_system.start_worker("processor", 1, CONSUMER_GROUP_ID="again")
    wait_processed(shared_system, "again", 7)
    before = balance(shared_system, "again")

    preview = replay(url, "again", to=iso(moment)).document
    assert (preview["dry_run"], preview["exactly_once"], preview["records"]) == (True, True, 3)
    refused = replay(url, "again", to=iso(moment), dry_run=False)
    assert refused.status == 409
    assert "has members: processor-1" in refused.document["detail"]
    assert balance(shared_system, "again") == before

    worker.stop()
    done = replay(url, "again", to=iso(moment), dry_run=False)
    assert done.status == 200, done.content
    assert done.document["records"] == 3
    meanwhile = balance(shared_system, "again")
    assert sum(row["pending"] for row in meanwhile) == 3
    assert sum(row["duplicates"] for row in meanwhile) == -3
    assert all(row["balanced"] for row in meanwhile)
    offsets = shared_system.get("/offsets?group=again")["groups"][0]
    assert offsets["total_lag"] == 3

    second = shared_system.start_worker("processor", 2, CONSUMER_GROUP_ID="again")
    second.wait_for("records_handled")
    wait_until(lambda: balance(shared_system, "again") == before, "the balance of before", 30)
    second.stop()


def test_earliest_is_everything_and_the_end_is_nothing(shared_system, url, moment):
    worker = shared_system.start_worker("processor", 3, CONSUMER_GROUP_ID="whole")
    wait_processed(shared_system, "whole", 7)
    worker.stop()

    everything = replay(url, "whole", to="earliest").document
    assert everything["records"] == 7
    assert {row["target"] for row in everything["partitions"]} == {0}
    later = iso(round(datetime.now(UTC).timestamp() * 1000) + 60_000)
    nothing = replay(url, "whole", to=later, dry_run=False).document
    assert nothing["records"] == 0
    assert all(row["balanced"] and not row["pending"] for row in balance(shared_system, "whole"))


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("yesterday", "is neither `earliest` nor a time"),
        ("2026-11-23T06:36:32", "is neither `earliest` nor a time"),
        ("", "is neither `earliest` nor a time"),
        ("9999-99-99T00:00:00Z", "is neither `earliest` nor a time"),
    ],
)
def test_a_time_that_is_none_is_refused(url, to, words):
    answer = replay(url, "again", to=to)

    assert (answer.status, answer.document["field"]) == (422, "to")
    assert words in answer.document["detail"]


def test_a_group_that_nobody_knows_has_nothing_to_read_again(url):
    answer = replay(url, "never-seen", to="earliest")

    assert answer.status == 404
    assert "has read nothing yet" in answer.document["detail"]


def effects(system, group_id):
    """How often orders took effect in the group, all together."""
    return sum(row["effects"] for row in system.get(f"/groups/{group_id}/effects")["partitions"])


def lag(system, group_id):
    return system.get(f"/offsets?group={group_id}")["groups"][0]["total_lag"]


@pytest.mark.parametrize("delivery", [AT_LEAST_ONCE, AT_MOST_ONCE])
def test_a_group_that_has_changed_its_delivery_goes_back_from_where_it_is_now(shared_system, url, delivery):
    group_id = f"changed-to-{delivery}"
    counted = {"CONSUMER_GROUP_ID": group_id}
    first = shared_system.start_worker("processor", 4, **counted)
    wait_until(lambda: balance(shared_system, group_id), "a balance", 30)
    wait_until(lambda: not lag(shared_system, group_id), "everything to be committed", 30)
    first.stop()
    known = sum(row["processed"] for row in balance(shared_system, group_id))
    since = now_ms()
    wait_until(lambda: now_ms() > since + 5, "a later millisecond", 1, every=0.001)
    naive = shared_system.start_worker("processor", 5, **counted, CONSUMER_DELIVERY=delivery)
    for _ in range(2):
        produce(url, ORDER)
    wait_until(lambda: effects(shared_system, group_id) == 2, "two orders to take effect", 30)
    naive.stop()

    for records in (known + 2, known):  # what stands in Kafka is the group's also after it has gone back
        preview = replay(url, group_id, to="earliest").document
        assert (preview["exactly_once"], preview["records"]) == (False, records)
        done = replay(url, group_id, to=iso(since), dry_run=False).document
        assert done["records"] == records - known
        assert lag(shared_system, group_id) == 2
    assert sum(row["processed"] for row in balance(shared_system, group_id)) == known

    again = shared_system.start_worker("processor", 6, **counted)
    wait_until(lambda: not lag(shared_system, group_id), "the position of the database to be committed", 30)
    again.stop()
    preview = replay(url, group_id, to="earliest").document
    assert (preview["exactly_once"], preview["records"]) == (True, known + 2)


@pytest.mark.parametrize("delivery", [EXACTLY_ONCE, AT_LEAST_ONCE])
def test_members_that_come_while_a_group_goes_back_are_a_conflict(shared_system, monkeypatch, delivery):
    group_id = f"joined-{delivery}"
    settings = shared_system.settings
    worker = shared_system.start_worker(
        "processor", 7, CONSUMER_GROUP_ID=group_id, CONSUMER_DELIVERY=delivery
    )
    worker.wait_for("records_handled")
    wait_until(lambda: not lag(shared_system, group_id), "everything to be committed", 30)
    admin, store = create_admin(settings.kafka, "test"), open_store(settings)
    plan = replaying.plan_replay(admin, store, group_id, since_ms=None)
    assert sum(move.records for move in plan.moves)
    before = balance(shared_system, group_id)
    monkeypatch.setattr(replaying, "read_groups", lambda _admin: {})  # nobody was there a moment ago

    with pytest.raises(Conflict, match="has members: processor-7"):
        replaying.replay(admin, store, plan)

    assert (lag(shared_system, group_id), balance(shared_system, group_id)) == (0, before)
    store.close()
    worker.stop()
