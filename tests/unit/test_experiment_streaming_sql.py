"""Each claim of `streaming-sql` holds on a good timeline and fails on a doctored one."""

import json

import pytest
from support.timelines import START, Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.sql_claims import ITEMS
from playground.experiments.streaming_sql import EXPERIMENT
from playground.tables import MINUTE_MS, Window
from playground.windowing import starts

CLAIMS = {"nothing-lost", "totals", "windows", "hopping"}
HOPPING = Window(5 * MINUTE_MS, MINUTE_MS)
BEFORE = 7  # orders of each item, of an earlier run


def orders(number=30):
    """Item, pieces and time of each."""
    return [(ITEMS[n % 3], 1 + n % 4, START + n * 5000) for n in range(number)]


def tables(given, before=BEFORE):
    """What a table says of them, after so many others."""
    rows = {"item_count": [], "orders_per_min": [], "item_trend": []}
    for item in ITEMS:
        mine = [(pieces, time) for name, pieces, time in given if name == item]
        total = before + len(mine)
        rows["item_count"].append(
            {"item": item, "total": total, "quantity": before + sum(pieces for pieces, _ in mine)}
        )
        minutes, hops = {}, {}
        for _pieces, time in mine:
            minute = time - time % MINUTE_MS
            minutes[minute] = minutes.get(minute, 0) + 1
            for start in starts(time, HOPPING):
                hops[start] = hops.get(start, 0) + 1
        for start, count in minutes.items():
            row = {"item": item, "windowstart": start, "windowend": start + MINUTE_MS, "count": count}
            rows["orders_per_min"].append(row)
        for start, count in hops.items():
            row = {"item": item, "windowstart": start, "windowend": start + HOPPING.size_ms, "orders": count}
            rows["item_trend"].append({**row, "quantity": 0})
    return rows


def run(*, engine=None, analytics=None, topic=None, acknowledged=30, name="ksqldb"):
    """Who has which orders; by default all of them."""
    sent = orders()
    story = Story()
    before = {"engine": tables([]), "analytics": tables([])}
    story.add(1, "tables", name="before", engine_name=name, **before)
    for number in range(acknowledged):
        story.accepted(2, 1, number % 6, first=number)
    early = tables(sent[:3])
    story.add(3, "tables", name="after", engine_name=name, seconds=0.1, engine=early, analytics=early)
    story.add(
        4,
        "tables",
        name="after",
        engine_name=name,
        seconds=0.7,
        engine=tables(sent if engine is None else engine),
        analytics=tables(sent if analytics is None else analytics),
    )
    records = [
        ["user-1", json.dumps({"order_id": n + 1, "user": "user-1", "item": item, "qty": pieces}), time, 0, n]
        for n, (item, pieces, time) in enumerate(sent if topic is None else topic)
    ]
    other = json.dumps({"order_id": 99, "user": "x", "item": "a book of others", "qty": 1})
    return story.add(5, "read", topic="orders", records=[*records, ["x", other, START, 0, 99]])


def test_a_good_run_passes_all_and_answers_the_question():
    story = run()

    assert having(verdicts_of(EXPERIMENT, story), "passed") >= CLAIMS
    found = judged(EXPERIMENT, story)
    assert found.answer == "C"
    assert found.tables[0].rows == [[item, 10, 10, 10] for item in sorted(ITEMS, key=ITEMS.index)]
    assert "0.7 s" in found.tables[0].note


def test_who_agreed_is_said_and_told_once_when_analytics_answers_for_both():
    for name, words, columns in (("ksqldb", "ksqlDB, the analytics", 4), ("analytics", "no ksqlDB here", 3)):
        found = judged(EXPERIMENT, run(name=name))
        details = {check.name: check.detail for check in found.checks}
        assert words in details["totals"]
        assert len(found.tables[0].columns) == columns


@pytest.mark.parametrize("who", ["engine", "analytics"])
def test_an_order_that_one_of_them_has_not_is_found(who):
    story = run(**{who: orders()[1:]})

    assert having(verdicts_of(EXPERIMENT, story), "failed") == {"totals", "windows", "hopping"}
    assert judged(EXPERIMENT, story).answer is None


@pytest.mark.parametrize("who", ["engine", "analytics"])
def test_an_order_in_the_wrong_window_is_found(who):
    first, *others = orders()
    moved = [(first[0], first[1], first[2] - MINUTE_MS), *others]

    assert having(verdicts_of(EXPERIMENT, run(**{who: moved})), "failed") == {"windows", "hopping"}


def test_pieces_that_differ_are_found():
    (item, pieces, time), *others = orders()

    story = run(engine=[(item, pieces + 1, time), *others])

    assert having(verdicts_of(EXPERIMENT, story), "failed") == {"totals"}


def test_an_order_that_is_in_the_topic_twice_is_found():
    assert "nothing-lost" in having(verdicts_of(EXPERIMENT, run(topic=[*orders(), orders()[0]])), "failed")


def test_an_order_that_was_acknowledged_and_is_not_there_is_found():
    assert "nothing-lost" in having(verdicts_of(EXPERIMENT, run(acknowledged=31)), "failed")


def test_tables_that_were_not_asked_prove_nothing():
    story = run()
    story.seen = [each for each in story.seen if each.kind != "tables"]

    assert having(verdicts_of(EXPERIMENT, story), "inconclusive") >= CLAIMS - {"nothing-lost"}


def test_a_topic_that_was_not_read_proves_nothing():
    story = run()
    story.seen = [each for each in story.seen if each.kind != "read"]

    assert having(verdicts_of(EXPERIMENT, story), "inconclusive") >= {"totals", "windows", "hopping"}
