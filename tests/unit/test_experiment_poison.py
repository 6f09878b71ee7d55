"""Each claim of `poison` holds on a good timeline, fails on a doctored one, and needs what it is about."""

import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.errors import InvalidOrder
from playground.experiments.poison import EXPERIMENT, kinds_of_poison
from playground.orders import parse_order

GOOD = dict.fromkeys(("completed", "dead-letters", "good-once", "no-stall", "no-restart"), "passed")
CLAIMS = GOOD.keys() - {"completed"}
SAME = {"a": (11, 0)}
# Partition -> where its bad records are.
BAD = {0: [10, 11], 1: [10]}
ALL = ((0, 10), (0, 11), (1, 10))


def run(
    *,
    bad=BAD,
    letters=ALL,
    counted=(2, 1),
    processed=(50, 50),
    pause=0.0,
    stalled=7,
    silence=False,
    baseline=True,
    after=SAME,
    missed=False,
    audited=True,
):
    """Fifty good orders per partition. `pause`: of partition 0, from `stalled` on; `silence`: of traffic."""
    story = Story(partitions=2, most_ratio=4.0)
    story.scale(0, 1).joins(0.5, "a").takes(0.6, "a", 0, 1).stable(1)
    story.workers(1.1, "before", **SAME)
    if audited:
        story.audit(1.2, "before", p0={}, p1={})
    story.accepted(2, 10, 0, 1)
    story.handles(1.5, stalled, "a", 0, every=0.1).handles(stalled + pause, 10, "a", 0, every=0.1)
    story.handles(1.5, 10, "a", 1, every=0.1)
    if baseline:
        story.mark(2, "baseline_began").mark(6, "baseline_ended")
    story.mark(6, "poison_began")
    for partition, offsets in bad.items():
        for offset in offsets:
            story.accepted(7, 1, partition, first=offset, poison="not JSON")
    for partition, offset in letters:
        place = {"partition": partition, "offset": offset, "reason": "not JSON: byte 0"}
        story.worker(7.1, "record_dead_lettered", "a", **place)
    if missed:
        story.add(7.5, "missed", reason="a test", events=3)
    for number in range(40):
        second = 9.9 if silence and number else 6 + number * 0.1
        story.accepted(second, 1, 0, 1, first=12 + number)
    story.mark(10, "poison_ended").workers(10.1, "after", **after)
    rows = [
        {"end": 50 + len(bad.get(part, ())), "processed": processed[part], "dead_lettered": counted[part]}
        for part in (0, 1)
    ]
    if audited:
        story.audit(12, "after", p0=rows[0], p1=rows[1])
    return story.ends(13)


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == GOOD


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        (run(letters=ALL[1:]), {"dead-letters"}),
        (run(letters=[*ALL, ALL[0]]), {"dead-letters"}),
        (run(letters=[*ALL, (1, 3)]), {"dead-letters"}),
        (run(counted=(1, 1), letters=ALL[1:]), {"dead-letters", "good-once"}),
        (run(counted=(3, 1), processed=(49, 50)), {"dead-letters", "good-once"}),
        (run(processed=(49, 50)), {"good-once"}),
        (run(processed=(51, 50)), {"good-once"}),
        (run(pause=0.5), {"no-stall"}),
        (run(pause=3.0), {"no-stall"}),
        (run(pause=1.0, stalled=6), {"no-stall"}),
        (run(after={"a": (12, 1)}), {"no-restart"}),
        (run(after={}), {"no-restart"}),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert having(verdicts_of(EXPERIMENT, story), "failed") == wrong


@pytest.mark.parametrize(
    ("story", "unknown"),
    [
        (run(bad={}, letters=(), counted=(0, 0)), {"dead-letters"}),
        (run(audited=False), {"dead-letters", "good-once"}),
        (run(letters=ALL[1:], missed=True), {"dead-letters"}),
        (run(baseline=False), {"no-stall"}),
        (run(pause=0.5, silence=True), {"no-stall"}),
    ],
)
def test_what_was_not_seen_is_inconclusive(story, unknown):
    found = verdicts_of(EXPERIMENT, story)

    assert having(found, "inconclusive") == unknown, found
    assert not having(found, "failed")


def test_a_pause_is_compared_with_the_longest_one_of_the_same_run():
    assert verdicts_of(EXPERIMENT, run(pause=0.3))["no-stall"] == "passed"
    assert judged(EXPERIMENT, run(pause=0.3)).tables[1].rows == [[0, 100, 400], [1, 100, 100]]


def test_the_table_tells_the_reason_of_each_kind():
    (row,) = judged(EXPERIMENT, run()).tables[0].rows

    assert row == ["not JSON", 3, 3, "not JSON: byte 0"]


@pytest.mark.parametrize(
    ("story", "letter"),
    [
        (run(), "B"),
        (run(pause=3.0), "A"),
        (run(after={"a": (12, 1)}), "C"),
        (run(letters=(), counted=(0, 0)), "D"),
        (run(audited=False), None),
    ],
)
def test_the_answer_is_measured(story, letter):
    assert judged(EXPERIMENT, story).answer == letter


@pytest.mark.parametrize("kind", kinds_of_poison(1000))
def test_no_kind_of_poison_is_an_order(kind):
    value = kinds_of_poison(1000)[kind]

    with pytest.raises(InvalidOrder):
        parse_order(value)
