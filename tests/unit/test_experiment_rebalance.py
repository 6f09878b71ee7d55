"""Each claim of `rebalance` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import verdicts_of

from playground.experiments.judging import judge
from playground.experiments.rebalance import EXPERIMENT


def run(*, idle=("c",), shares=None, processed=10):
    """One member of two partitions, then three of which one is idle."""
    story = Story(partitions=2).scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1).stable(1.5)
    story.audit(1.6, "before", p0={"end": 5}, p1={"end": 5})
    story.handles(1.5, 8, "a", 0).handles(1.5, 4.2, "a", 1)
    story.scale(3, 3).joins(4, "b").joins(4, "c").gives_up(4.2, "a", 1)
    for name, partitions in (shares or {"b": [1]}).items():
        story.takes(4.5, name, *partitions)
    for name in {"c"} - set(idle):
        story.takes(4.5, name, 1)
    story.handles(4.5, 8, "b", 1).stable(5)
    story.accepted(6, 10, 0, 1, first=5)
    row = {"end": 15, "processed": processed}
    return story.audit(9, "after", p0=row, p1=row).ends(9)


GOOD = dict.fromkeys(("completed", "one-owner", "fair-shares", "idle-members", "exactly-once"), "passed")


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == GOOD


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        (run(shares={"b": [0, 1]}), {"one-owner"}),
        (run(idle=()), {"one-owner", "idle-members"}),
        (run(shares={"a": [1]}), {"fair-shares", "idle-members"}),
        (run(processed=9), {"exactly-once"}),
    ],
)
def test_each_claim_can_fail(story, wrong):
    found = verdicts_of(EXPERIMENT, story)

    assert {name for name, verdict in found.items() if verdict == "failed"} >= wrong, found
    assert found["completed"] == "passed"


def test_pauses_and_times_are_measured():
    rebalances, pauses = judge(EXPERIMENT, run().timeline(), "rebalance/x").tables

    assert rebalances.rows[1] == ["1 to 3", 0.5, 1, 350, 50, 1]
    assert pauses.rows == [[0, 50], [1, 350]]


def test_the_answer_is_measured():
    assert judge(EXPERIMENT, run().timeline(), "rebalance/x").answer == "B"
    assert judge(EXPERIMENT, Story(partitions=2).timeline(), "rebalance/x").answer is None


def test_members_that_are_no_more_than_the_partitions_answer_nothing():
    story = Story(partitions=2).scale(0, 2).joins(1, "a").joins(1, "b").takes(1.2, "a", 0, 1).stable(1.5)

    assert judge(EXPERIMENT, story.timeline(), "rebalance/x").answer is None
