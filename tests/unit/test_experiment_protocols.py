"""Each claim of `protocols` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import verdicts_of

from playground.experiments.judging import judge
from playground.experiments.protocol_claims import SLOW
from playground.experiments.protocol_costs import read_costs
from playground.experiments.protocols import EXPERIMENT

FAST, THIRD = "processor-2", "processor-3"
NAMES = ("range", "cooperative-sticky", "static", "consumer")


def run(*, stops=("range",), pause=None, rolled_away=(), effects=5, slow_gives_up_late=False, slow_ms=2000):
    """Every protocol in turn: partitions 0 slow, 1 and 2 fast; a third member takes 2 and gives it back.

    `stops`: protocols under which partition 1 is taken away and given back, for `pause` seconds.
    """
    story = Story(run_id="run", partitions=3, protocols=list(NAMES), slow_ms=slow_ms)
    for number, name in enumerate(NAMES):
        story.group(name)
        late = 0.5 if slow_gives_up_late and name == "range" else 0
        _one(
            story, number * 100, name, stops=stops, pause=(pause or {}).get(name), effects=effects, late=late
        )
        if name == "static":
            _roll(story, number * 100 + 40, rolled_away)
    return story.ends(1000)


def _one(story, at, name, *, stops, pause, effects, late=0):
    before = {f"p{part}": {"end": 0} for part in range(3)}
    story.scale(at, 2).joins(at + 1, SLOW).joins(at + 1, FAST)
    story.takes(at + 2, SLOW, 0).takes(at + 2, FAST, 1, 2).stable(at + 3).audit(at + 3, "before", **before)
    story.handles(at + 3, at + 11, FAST, 1, 2)
    stop = pause if pause is not None else (3.0 if name in stops else 0.05)
    story.scale(at + 10, 3).joins(at + 11, THIRD)
    if name in stops:
        story.gives_up(at + 11, FAST, 1, 2).takes(at + 11 + stop, FAST, 1)
        story.gives_up(at + 10.9 + stop + late, SLOW, 0).takes(at + 11 + stop + late, SLOW, 0)
    else:
        story.gives_up(at + 11, FAST, 2)
    story.takes(at + 11 + stop, THIRD, 2).stable(at + 15)
    story.handles(at + 11 + stop, at + 20, FAST, 1).handles(at + 11 + stop, at + 20, THIRD, 2)
    story.accepted(at + 16, 5, 0, 1, 2)
    after = {f"p{part}": {"end": 5, "processed": effects} for part in range(3)}
    story.audit(at + 30, "after", **after)


def _roll(story, at, rolled_away):
    story.action(at, "roll", workers="processor", replicas=3)
    for second, worker in enumerate((SLOW, FAST, THIRD), 1):
        owned = sorted(story.owned[worker])
        story.leaves(at + second, worker).joins(at + second + 0.5, worker)
        if worker in rolled_away:
            story.takes(at + second + 0.6, SLOW, *owned).gives_up(at + second + 0.7, SLOW, *owned)
        story.takes(at + second + 0.8, worker, *owned)
    story.stable(at + 5)


def test_a_good_run_passes():
    assert set(verdicts_of(EXPERIMENT, run()).values()) == {"passed"}


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        (run(stops=()), "eager-stops-all"),
        (run(stops=("range", "cooperative-sticky")), "cooperative-goes-on"),
        (run(stops=("range", "consumer")), "consumer-goes-on"),
        (run(slow_gives_up_late=True), "eager-waits"),
        (run(rolled_away=(FAST,)), "static-roll"),
        (run(effects=4), "exactly-once"),
        (run(effects=6), "exactly-once"),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert verdicts_of(EXPERIMENT, story)[wrong] == "failed"


def test_what_was_not_part_of_the_run_is_inconclusive():
    story = Story(run_id="run", partitions=3, protocols=["range"])
    _one(story.group("range"), 0, "range", stops=("range",), pause=None, effects=5)

    found = verdicts_of(EXPERIMENT, story.ends(99))

    assert {name for name, verdict in found.items() if verdict == "inconclusive"} == {
        "cooperative-goes-on",
        "consumer-goes-on",
        "static-roll",
    }


def test_going_on_is_not_shown_where_no_fast_member_kept_anything():
    story = Story(run_id="run", partitions=1, protocols=["consumer"]).group("consumer")
    story.scale(0, 1).joins(1, FAST).takes(1, FAST, 0).stable(2).handles(2, 4, FAST, 0)
    story.scale(3, 2).joins(4, THIRD).gives_up(4, FAST, 0).takes(4.1, THIRD, 0).stable(5)

    assert verdicts_of(EXPERIMENT, story.ends(9))["consumer-goes-on"] == "inconclusive"


def test_partitions_of_the_slow_member_do_not_count():
    story = run()
    story.group("consumer").handles(303, 310, SLOW, 0)  # then silent: its batches take that long

    costs = read_costs(story.timeline(), "consumer", "run-consumer", SLOW)

    assert costs.longest_kept_ms == 100
    assert costs.steady_kept_ms == 50
    assert costs.longest_moved_ms == 100


def test_the_time_before_a_change_ends_where_the_last_change_ended():
    story = Story(partitions=2).scale(0, 2).joins(1, "a").joins(1, "b").takes(1, "a", 0).takes(1, "b", 1)
    story.stable(6).handles(1, 2, "a", 0).handles(5.5, 20, "a", 0)  # a pause, but before it was stable
    story.scale(8, 3).joins(8, "c").takes(9, "c").stable(15)

    costs = read_costs(story.timeline(), "x", story.group_id, SLOW)

    assert costs.steady_kept_ms == 50


def test_the_answer_is_the_protocol_with_the_longest_pause():
    assert judge(EXPERIMENT, run().timeline(), "x/y").answer == "A"
    assert judge(EXPERIMENT, run(pause={"consumer": 3.5}).timeline(), "x/y").answer == "C"


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(run(slow_ms=0), id="nobody is slow"),
        pytest.param(run(pause={"consumer": 3.2}), id="two stand still for as long"),
        pytest.param(run(pause={"range": 0.4}, slow_ms=2000), id="nobody waited for the slow member"),
    ],
)
def test_a_standstill_that_is_not_clearly_the_longest_answers_nothing(story):
    assert judge(EXPERIMENT, story.timeline(), "x/y").answer is None


def test_refused_writes_are_counted():
    story = run().group("consumer").worker(310, "write_refused", FAST)
    table = judge(EXPERIMENT, story.timeline(), "x/y").tables[0]

    assert next(row for row in table.rows if row[0] == "duplicates refused") == [
        "duplicates refused",
        0,
        0,
        0,
        1,
    ]
