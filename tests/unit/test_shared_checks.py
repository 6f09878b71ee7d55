"""Claims that several experiments share: each holds on a good timeline, and fails on a doctored one."""

import pytest
from support.timelines import Story

from playground.experiments import checks
from playground.experiments.exactly_once import nothing_lost_or_repeated


def group_of(members, partitions, shares):
    """`shares`: member -> its partitions, as it is when the group is stable."""
    story = Story(partitions=partitions).scale(0, members)
    for name, owned in shares.items():
        story.joins(1, name)
        if owned:
            story.takes(1.5, name, *owned)
    return story.stable(2)


def verdict(check, story):
    return str(check(story.timeline(), story.group_id).verdict)


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ({"a": [0, 1], "b": [2]}, "passed"),
        ({"a": [0, 1], "b": [1, 2]}, "failed"),
        ({"a": [0], "b": [2]}, "failed"),
        ({"a": [0, 1], "b": [2, 3]}, "failed"),
    ],
)
def test_one_owner_each(shares, wanted):
    assert verdict(checks.one_owner_each, group_of(2, 3, shares)) == wanted


def test_two_owners_at_once_are_seen_although_the_group_was_never_stable_then():
    story = group_of(1, 1, {"a": [0]}).scale(3, 2).joins(4, "b").takes(4, "b", 0)  # a never leaves it
    story.handles(4, 6, "a", 0).handles(4, 6, "b", 0)

    finding = checks.one_owner_each(story.timeline(), story.group_id)

    assert (str(finding.verdict), "a and b at once" in finding.detail) == ("failed", True)


def test_a_member_that_handles_what_it_gave_up_is_seen():
    story = group_of(1, 1, {"a": [0]}).scale(3, 2).joins(4, "b").gives_up(4, "a", 0).takes(4.1, "b", 0)
    story.stable(4.2)
    assert verdict(checks.one_owner_each, story.handles(2, 4.1, "a", 0)) == "passed"

    finding = checks.one_owner_each(story.handles(4, 5, "a", 0).timeline(), story.group_id)

    assert (str(finding.verdict), finding.detail) == (
        "failed",
        "a handled records of partition 0, which it did not own",
    )


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ({"a": [0, 1], "b": [2, 3]}, "passed"),
        ({"a": [0, 1, 2], "b": [3]}, "failed"),
        ({"a": [0, 1, 2, 3], "b": []}, "failed"),
    ],
)
def test_fair_shares(shares, wanted):
    assert verdict(checks.fair_shares, group_of(2, 4, shares)) == wanted


def test_shares_of_members_that_were_not_seen_are_not_judged():
    assert verdict(checks.fair_shares, group_of(3, 4, {"a": [0, 1], "b": [2, 3]})) == "inconclusive"


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [
        ({"a": [0], "b": [1], "c": []}, "passed"),
        ({"a": [0, 1], "b": [], "c": []}, "failed"),
        ({"a": [0], "b": [1], "c": [1]}, "failed"),
    ],
)
def test_idle_beyond_partitions(shares, wanted):
    assert verdict(checks.idle_beyond_partitions, group_of(3, 2, shares)) == wanted


def test_nobody_can_be_idle_where_there_were_never_too_many():
    assert verdict(checks.idle_beyond_partitions, group_of(2, 2, {"a": [0], "b": [1]})) == "inconclusive"


@pytest.mark.parametrize("check", [checks.one_owner_each, checks.fair_shares, checks.idle_beyond_partitions])
def test_a_group_that_was_never_stable_shows_nothing(check):
    assert verdict(check, Story(partitions=2).scale(0, 1).joins(1, "a")) == "inconclusive"


def orders(acknowledged=10, **after):
    """A group that began at offset 100; ten orders were written to its one partition."""
    row = {"end": 110, "pending": 0, "processed": 10} | after
    story = Story(partitions=1).audit(1, "before", p0={"end": 100})
    return story.accepted(2, acknowledged, 0, first=100).audit(3, "after", p0=row)


@pytest.mark.parametrize(
    ("story", "wanted", "words"),
    [
        (orders(), "passed", "10 orders acknowledged; 10 took effect"),
        (orders(processed=9, dead_lettered=1), "passed", "10 took effect"),
        (orders(processed=9), "failed", "1 orders were passed over"),
        (orders(processed=11), "failed", "1 orders took effect twice"),
        (orders(processed=9, pending=1), "failed", "1 orders were never handled"),
        (orders(duplicates=1), "failed", "1 orders came a second time"),
        (orders(acknowledged=11), "failed", "1 acknowledged orders are not in the topic"),
        (orders(acknowledged=9), "inconclusive", "1 orders came from somebody else"),
        (orders(acknowledged=9).add(2, "refused", count=1), "passed", "1 were written without an answer"),
        (orders(acknowledged=0), "inconclusive", "no order was acknowledged"),
        (Story(partitions=1).audit(1, "before", p0={"end": 100}), "inconclusive", "before and after"),
        (
            Story(partitions=2).audit(1, "before", p0={}).audit(2, "after", p0={}),
            "inconclusive",
            "says nothing of partitions [1]",
        ),
    ],
)
def test_nothing_lost_or_repeated(story, wanted, words):
    finding = nothing_lost_or_repeated(story.timeline(), story.group_id)

    assert (str(finding.verdict), words in finding.detail) == (wanted, True), finding.detail


def test_orders_before_and_after_the_balance_do_not_count():
    story = orders().accepted(0.5, 7, 0, first=93).accepted(4, 7, 0, first=110)

    assert verdict(nothing_lost_or_repeated, story) == "passed"


def test_a_group_may_have_read_something_before():
    story = Story(partitions=1).audit(1, "before", p0={"end": 100, "processed": 40, "duplicates": 2})
    story.accepted(2, 10, 0, first=100)
    story.audit(3, "after", p0={"end": 110, "processed": 50, "duplicates": 2})

    assert verdict(nothing_lost_or_repeated, story) == "passed"
