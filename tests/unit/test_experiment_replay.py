"""Each claim of `replay` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import START, Story
from support.verdicts import judged, verdicts_of

from playground.experiments.judging import judge
from playground.experiments.replay import EXPERIMENT, MODES

ROW = {"end": 8, "processed": 8}


def run(*, announced=3, sent=3, read=3, after=ROW, twice=3, applied=True):
    """Five orders, a moment, three more; then the group goes back to the moment and reads those again."""
    story = Story(partitions=1)
    for number, mode in enumerate(MODES):
        at = number * 100
        story.group(mode).audit(at + 1, "begin", p0={"end": 0}).accepted(at + 2, 5, 0)
        story.add(at + 3, "mark", name="moment", mode=mode, since=START + (at + 3) * 1000)
        story.accepted(at + 4, sent, 0, first=5)
        story.add(at + 4.5, "handled", group_id=story.group_id, worker="a", partitions=[[0, 0, 7, 8]])
        story.audit(at + 5, "before", p0=ROW)
        effects(story, at + 5, "before", 0)
        for dry_run in (True, False)[: 2 if applied else 1]:
            rows = {"records": announced, "partitions": [], "exactly_once": not number}
            story.add(at + 6 + (not dry_run), "replay", group_id=story.group_id, dry_run=dry_run, **rows)
        story.accepted(at + 8, 1, 0, first=8)  # of a later stretch: none of this one
        story.add(at + 9, "handled", group_id=story.group_id, worker="a", partitions=[[0, 5, 4 + read, 0]])
        story.audit(at + 10, "after", p0=after)
        effects(story, at + 10, "after", twice)
    return story.ends(999)


def effects(story, at, name, repeated):
    row = {"partition": 0, "orders": 8, "effects": 8 + repeated, "repeated": repeated}
    story.add(at, "effects", name=name, group_id=story.group_id, partitions=[row])


def test_a_good_run_passes():
    assert set(verdicts_of(EXPERIMENT, run()).values()) == {"passed"}


@pytest.mark.parametrize(
    ("changed", "name", "verdict"),
    [
        ({"announced": 4}, "preview", "failed"),
        ({"sent": 2}, "preview", "inconclusive"),  # somebody else has sent one
        ({"sent": 4}, "preview", "failed"),
        ({"read": 2}, "preview", "failed"),
        ({"announced": 0, "sent": 0, "read": 0}, "preview", "inconclusive"),
        ({"applied": False}, "preview", "inconclusive"),
        ({"after": ROW | {"processed": 11}}, "results-stay", "failed"),
        ({"after": ROW | {"processed": 7}}, "results-stay", "failed"),
        ({"after": ROW | {"duplicates": 3}}, "results-stay", "failed"),
        ({"after": ROW | {"pending": 1}}, "results-stay", "failed"),
        ({"applied": False}, "results-stay", "inconclusive"),
        ({"twice": 0}, "repeats", "failed"),
        ({"twice": 2}, "repeats", "failed"),
    ],
)
def test_each_claim_can_fail(changed, name, verdict):
    assert verdicts_of(EXPERIMENT, run(**changed))[name] == verdict


@pytest.mark.parametrize(
    ("after", "answer"), [(ROW, "B"), (ROW | {"processed": 11}, "A"), (ROW | {"processed": 5}, "C")]
)
def test_the_answer_is_measured(after, answer):
    assert judged(EXPERIMENT, run(after=after)).answer == answer


def test_results_of_a_group_that_read_nothing_again_answer_nothing():
    assert judged(EXPERIMENT, run(applied=False)).answer is None
    assert judged(EXPERIMENT, run(read=0)).answer is None


def test_a_second_effect_shows_in_the_table():
    assert judged(EXPERIMENT, run()).tables[0].rows == [["exactly-once", 3, 3, 0], ["at-least-once", 3, 3, 3]]
    assert judged(EXPERIMENT, run(after=ROW | {"processed": 11})).tables[0].rows[0][3] is None


def test_an_empty_timeline_shows_nothing():
    found = judge(EXPERIMENT, Story().timeline(), "replay/x")

    assert found.verdict == "inconclusive"
    assert found.answer is None
