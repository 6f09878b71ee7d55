"""The rebalances of a run, out of timelines made by hand."""

from support.timelines import START, Story

from playground.experiments.rebalances import read_rebalances


def grows():
    """One member of four partitions, then two."""
    story = Story(partitions=4).scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1, 2, 3).stable(1.5)
    story.handles(1.5, 4.0, "a", 0, 1, 2, 3)
    story.scale(3, 2).joins(4, "b").gives_up(4.2, "a", 2, 3)
    story.handles(4.0, 6.0, "a", 0, 1)
    return story.takes(4.7, "b", 2, 3).handles(4.75, 6.0, "b", 2, 3).stable(5)


def the_last(story):
    return read_rebalances(story.timeline(), story.group_id)[-1]


def test_time_to_stable_counts_from_the_new_members_subscription():
    assert the_last(grows()).seconds == 0.7


def test_of_several_new_members_the_last_one_counts():
    story = Story(partitions=3).scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1, 2).stable(1.5)
    story.scale(3, 3).joins(4, "b").joins(4.5, "c").gives_up(4.6, "a", 1, 2)
    story.takes(4.7, "b", 1).takes(4.9, "c", 2).stable(5)

    change = the_last(story)

    assert (change.seconds, change.began) == (0.4, START + 4000)


def test_only_what_has_another_owner_has_moved():
    change = the_last(grows())

    assert (change.moved, change.handovers, change.revoked) == ({2, 3}, 2, {2, 3})
    assert change.owners == {0: ["a"], 1: ["a"], 2: ["b"], 3: ["b"]}


def test_a_moved_partition_pauses_and_a_kept_one_does_not():
    change = the_last(grows())

    assert change.pause_ms(2) == 800  # 3.95 to 4.75
    assert change.pause_ms(0) == 50


def test_what_went_away_and_came_back_has_moved_twice():
    story = grows()
    story.action(6, "roll", workers="processor", replicas=2)
    story.leaves(6.1, "b").takes(6.2, "a", 2, 3).joins(6.5, "b")
    story.gives_up(6.6, "a", 2, 3).takes(6.8, "b", 2, 3).stable(7)

    change = the_last(story)

    assert (change.moved, change.handovers, change.members) == ({2, 3}, 4, 2)
    assert change.owners[2] == ["b"]


def test_what_was_taken_and_given_back_at_once_was_revoked_but_has_not_moved():
    story = Story(partitions=2).scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1).stable(1.5)
    story.scale(3, 2).joins(4, "b").gives_up(4.2, "a", 0, 1).takes(4.4, "a", 0).takes(4.4, "b", 1).stable(5)

    change = the_last(story)

    assert (change.moved, change.revoked) == ({1}, {0, 1})


def test_members_without_a_partition_are_idle():
    story = Story(partitions=1).scale(0, 2).joins(1, "a").joins(1, "b").takes(1.2, "a", 0).stable(2)

    assert the_last(story).idle == ["b"]


def test_a_change_that_never_became_stable_is_none():
    story = grows().scale(7, 1)

    assert [each.members for each in read_rebalances(story.timeline(), story.group_id)] == [1, 2]


def test_the_moments_are_those_of_the_timeline():
    change = the_last(grows())

    assert [round((at - START) / 1000, 1) for at in (change.asked, change.began, change.settled)] == [
        3,
        4,
        4.7,
    ]
