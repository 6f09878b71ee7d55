"""Each claim of `delivery` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import judged, verdicts_of

from playground.experiments.delivery import EXPERIMENT, MODES

GOOD = {"at-most-once": (8, 0), "at-least-once": (10, 2)}


def run(*, exactly_once=10, foreign=0, **changed):
    """Ten orders to the one partition, under each kind; `changed`: orders that took effect, and repeats."""
    counts = GOOD | {name.replace("_", "-"): value for name, value in changed.items()}
    story = Story(partitions=1)
    for number, mode in enumerate(MODES):
        at = number * 100
        story.group(mode).audit(at + 1, "before", p0={"end": 0}).accepted(at + 2, 10, 0)
        story.offsets(at + 1, [0], {}, name=f"{mode}_began")
        story.offsets(at + 3, [10 + foreign], {}, name=f"{mode}_ended")
        if mode in counts and counts[mode] is not None:
            orders, repeated = counts[mode]
            row = {"partition": 0, "orders": orders, "effects": orders + repeated, "repeated": repeated}
            story.add(at + 3, "effects", group_id=story.group_id, partitions=[row])
        story.audit(at + 4, "after", p0={"end": 10, "processed": exactly_once})
    return story.ends(999)


def test_a_good_run_passes():
    assert set(verdicts_of(EXPERIMENT, run()).values()) == {"passed"}


@pytest.mark.parametrize(
    ("changed", "name", "verdict"),
    [
        ({"at_most_once": (10, 0)}, "at-most-once", "failed"),
        ({"at_most_once": (8, 1)}, "at-most-once", "failed"),
        ({"at_most_once": None}, "at-most-once", "inconclusive"),
        ({"at_least_once": (10, 0)}, "at-least-once", "failed"),
        ({"at_least_once": (9, 2)}, "at-least-once", "failed"),
        ({"at_least_once": None}, "at-least-once", "inconclusive"),
        ({"exactly_once": 9}, "exactly-once", "failed"),
        ({"exactly_once": 11}, "exactly-once", "failed"),
    ],
)
def test_each_claim_can_fail(changed, name, verdict):
    assert verdicts_of(EXPERIMENT, run(**changed))[name] == verdict


def test_orders_of_somebody_else_are_neither_lost_nor_repeated():
    found = verdicts_of(EXPERIMENT, run(foreign=1, at_most_once=(11, 0)))

    assert (found["at-most-once"], found["at-least-once"]) == ("inconclusive", "inconclusive")


def test_orders_of_another_kind_do_not_count():
    story = run().accepted(4.5, 99, 0)

    assert judged(EXPERIMENT, story).tables[0].rows[0] == ["at-most-once", 10, 2, 0]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, "A"),
        ({"at_least_once": (9, 2)}, "C"),
        ({"at_most_once": (10, 0), "at_least_once": (9, 2)}, "B"),
        ({"at_most_once": None}, None),
    ],
)
def test_the_answer_is_measured(changed, answer):
    assert judged(EXPERIMENT, run(**changed)).answer == answer


def test_a_failed_balance_is_no_zero_in_the_table():
    assert judged(EXPERIMENT, run(exactly_once=11)).tables[0].rows[2] == ["exactly-once", None, None, None]
