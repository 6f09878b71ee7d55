"""Who owned which partition when, read out of timelines made by hand."""

import pytest
from support.timelines import START, Story

from playground.experiments.ownership import longest_gap, read_handled, read_ownership


def owners(story, second):
    found = read_ownership(story.timeline(), story.group_id).owners_at(START + second * 1000)
    return {part: sorted(names) for part, names in found.items()}


def two_members():
    return (
        Story(partitions=2)
        .joins(1, "a")
        .takes(2, "a", 0, 1)
        .joins(3, "b")
        .gives_up(4, "a", 1)
        .takes(5, "b", 1)
    )


def test_a_partition_belongs_to_who_was_told_last():
    story = two_members()

    assert owners(story, 3) == {0: ["a"], 1: ["a"]}
    assert owners(story, 4) == {0: ["a"]}
    assert owners(story, 6) == {0: ["a"], 1: ["b"]}


def test_two_owners_at_once_are_seen():
    story = two_members().takes(6, "a", 1)

    assert owners(story, 7) == {0: ["a"], 1: ["a", "b"]}


def test_events_that_arrive_late_count_from_when_they_happened():
    story = two_members()
    story.seen.reverse()

    assert owners(story, 4) == {0: ["a"]}


def test_another_group_is_none_of_ours():
    story = two_members()
    story.group("other").joins(1, "c").takes(2, "c", 0)
    story.group("members")

    assert owners(story, 6) == {0: ["a"], 1: ["b"]}


def test_a_killed_member_owns_nothing_from_then_on():
    story = two_members().action(6, "kill", target="b")

    assert owners(story, 6) == {0: ["a"]}
    assert [each.why for each in read_ownership(story.timeline(), story.group_id).tenures if each.ended][
        -1
    ] == "killed"


def test_a_frozen_member_has_its_partitions_back_when_nobody_took_them():
    story = two_members().action(6, "pause", target="b")
    assert owners(story, 6) == {0: ["a"]}

    story.action(7, "resume", target="b")
    assert owners(story, 8) == {0: ["a"], 1: ["b"]}


def test_a_frozen_member_has_lost_what_another_one_took():
    story = two_members().action(6, "pause", target="b").takes(7, "a", 1).action(8, "resume", target="b")

    assert owners(story, 9) == {0: ["a"], 1: ["a"]}


def test_a_new_life_begins_with_nothing():
    story = two_members().joins(6, "b")

    assert owners(story, 7) == {0: ["a"]}


def batches(*seconds):
    story = Story(partitions=1)
    for second in seconds:
        story.handles(second, second + 0.05, "a", 0)
    return read_handled(story.timeline(), story.group_id)[0]


@pytest.mark.parametrize(
    ("seconds", "began", "ended", "gap"),
    [
        ((1, 2, 3, 7, 8), 2.5, 7.5, (3, 7)),
        ((1, 2, 3, 7, 8), 4, 5, (3, 7)),  # a pause counts whole, however little of it is inside
        ((1, 2, 3, 7, 8), 0.5, 9, None),  # nobody knows how long it had been silent before
        ((1, 2, 3), 2.5, 9, (3, None)),
    ],
)
def test_the_longest_pause_that_overlaps(seconds, began, ended, gap):
    found = longest_gap(batches(*seconds), START + began * 1000, START + ended * 1000)

    if gap is None:
        assert found is None
        return
    assert (found.began - START) / 1000 == gap[0]
    assert (None if found.ended is None else (found.ended - START) / 1000) == gap[1]


def test_a_pause_without_an_end_is_as_long_as_was_looked():
    found = longest_gap(batches(1, 2, 3), START + 2500, START + 9000)

    assert found.length(START + 9000) == 6000
