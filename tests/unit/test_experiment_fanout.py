"""Each claim of `fanout` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import judged, verdicts_of

from playground.experiments.fanout import EXPERIMENT

CLAIMS = ("all-while-there", "analytics-too", "all-from-the-start", "only-what-comes-after", "own-offsets")
GOOD = {
    "before": {"end": 5},
    "counted before": {"end": 5, "processed": 5},
    "first": {"end": 15, "processed": 10},
    "again": {"end": 15, "processed": 15},
    "new before": {"end": 15},
    "counted": {"end": 19, "processed": 19},
    "new": {"end": 19, "processed": 4},
}
ALIKE = {"first": (15, 15), "again": (15, 15)}


def run(*, without=(), moved=None, foreign=0, **changes):
    """Two partitions with 5 records each; then 10 more for `first`, and 4 more for `new`.

    `changes`: other balances of partition 1, by name with _ for a space; `moved`: group -> committed at last.
    `foreign`: orders of somebody else while `again` reads.
    """
    story = Story(name="first", partitions=2)

    def balance(second, name, row):
        if row not in without:
            doctored = {**GOOD[row], **changes.get(row.replace(" ", "_"), {})}
            story.audit(second, name, p0=GOOD[row], p1=doctored)

    def stand(second, name, ends, **committed):
        if name not in without:
            known = {f"run-{group}": offsets for group, offsets in committed.items() if group != "analytics"}
            story.offsets(second, ends, {**known, "analytics": committed["analytics"]}, name=name)

    balance(1, "before", "before")
    _analytics(story)
    balance(1, "before", "counted before")
    story.accepted(2, 10, 0, 1, first=5)
    story.group("first")
    balance(4, "after", "first")
    stand(4, "first_read", (15, 15), first=(15, 15), analytics=(15, 15))
    story.group("again")
    balance(6, "after", "again")
    stand(6, "again_read", (15 + foreign, 15), **ALIKE, analytics=(15 + foreign, 15))
    story.group("new")
    balance(7, "before", "new before")
    story.accepted(8, 4, 0, 1, first=15)
    balance(9, "after", "new")
    _analytics(story)
    balance(9, "after", "counted")
    stand(9, "new_read", (19, 19), **{**ALIKE, **(moved or {})}, new=(19, 19), analytics=(19, 19))
    return story.ends(10)


def _analytics(story):
    story.group_id = "analytics"


def test_orders_of_somebody_else_are_no_moved_offset():
    assert verdicts_of(EXPERIMENT, run(foreign=1))["own-offsets"] == "inconclusive"


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == dict.fromkeys(("completed", *CLAIMS), "passed")


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        pytest.param(run(first={"processed": 9}), "all-while-there", id="an order was skipped"),
        pytest.param(run(first={"processed": 11}), "all-while-there", id="an order took effect twice"),
        pytest.param(run(first={"duplicates": 1}), "all-while-there", id="an order came twice"),
        pytest.param(run(counted={"processed": 18}), "analytics-too", id="analytics missed one"),
        pytest.param(run(again={"processed": 14}), "all-from-the-start", id="the first record was left out"),
        pytest.param(run(again={"processed": 0}), "all-from-the-start", id="it began at the latest"),
        pytest.param(run(again={"processed": 16}), "all-from-the-start", id="more than there was"),
        pytest.param(run(new_before={"pending": 15}), "only-what-comes-after", id="it began at the earliest"),
        pytest.param(run(new_before={"processed": 1}), "only-what-comes-after", id="it has read one before"),
        pytest.param(run(new={"processed": 3}), "only-what-comes-after", id="one that came after is missing"),
        pytest.param(run(moved={"first": (15, 19)}), "own-offsets", id="a group that left was moved along"),
        pytest.param(run(moved={"again": (14, 15)}), "own-offsets", id="a group was moved back"),
    ],
)
def test_each_claim_can_fail(story, wrong):
    found = verdicts_of(EXPERIMENT, story)

    assert {name for name, verdict in found.items() if verdict == "failed"} == {wrong}


@pytest.mark.parametrize(
    ("without", "unknown"),
    [
        ("before", "all-while-there"),
        ("counted", "analytics-too"),
        ("again", "all-from-the-start"),
        ("new before", "only-what-comes-after"),
        ("again_read", "own-offsets"),
    ],
)
def test_what_was_not_seen_is_inconclusive(without, unknown):
    found = verdicts_of(EXPERIMENT, run(without=(without,)))

    assert {name for name, verdict in found.items() if verdict == "inconclusive"} == {unknown}


def test_a_topic_without_history_shows_nothing_about_history():
    empty = {"end": 0, "processed": 0}
    story = Story(name="again", partitions=2).audit(6, "after", p0=empty, p1=empty)
    story.group("new").audit(7, "before", p0=empty, p1=empty)

    found = verdicts_of(EXPERIMENT, story.ends(10))

    assert found["all-from-the-start"] == found["only-what-comes-after"] == "inconclusive"


@pytest.mark.parametrize(
    ("again", "letter"), [({}, "C"), ({"processed": 8}, "B"), ({"pending": 1, "processed": 14}, None)]
)
def test_the_answer_is_what_the_late_group_got(again, letter):
    assert judged(EXPERIMENT, run(again=again)).answer == letter


def test_the_table_tells_what_each_group_read():
    (table,) = judged(EXPERIMENT, run()).tables

    assert table.rows == [
        ["analytics", "was there before", 28, 0],
        ["first", "latest", 20, 0],
        ["again", "earliest", 30, 0],
        ["new", "latest", 8, 0],
    ]
