"""Each claim of `crash` holds on a good timeline, fails on a doctored one, and needs what it is about."""

import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.crash import EXPERIMENT

GOOD = dict.fromkeys(
    ("completed", "killed-in-time", "frozen-in-time", "leave-is-faster", "zombie-refused", "exactly-once"),
    "passed",
)


def run(
    *,
    killed=16.2,
    left=20.5,
    frozen=36.3,
    resumed=38,
    zombie="refused",
    faults=("kill", "leave", "pause"),
    idle=False,
    fed=True,
    processed=20,
    old_life=False,
    missed=None,
    session_ms=6000,
    heartbeat_ms=500,
    signal_seconds=0.0,
):
    """Partition 0 is a's, partition 1 the victim's. `killed`, `left`, `frozen`: when a handles 1 again."""
    story = Story(partitions=2, session_ms=session_ms, margin_ms=1000, heartbeat_ms=heartbeat_ms)
    story.scale(0, 2).joins(1, "a").joins(1, "victim").takes(1.2, "a", 0)
    if not idle:
        story.takes(1.2, "victim", 1)
    story.stable(1.5).audit(1.6, "before", p0={}, p1={})
    story.accepted(2, 10, 0, 1)
    if fed:
        story.accepted(12, 5, 0, 1, first=10).accepted(32, 5, 0, 1, first=15)
    if "kill" in faults:
        story.mark(10, "fault", fault="kill", victim="victim").action(10, "kill", target="victim")
        story.add(10 + signal_seconds, "done", action="kill", seconds=signal_seconds)
        if old_life:
            story.handled(10.1, "victim", 1)
        story.joins(11, "victim")
        take_over(story, killed)
        story.takes(17.2, "victim", 1).stable(18)
    if "leave" in faults:
        story.mark(20, "fault", fault="leave", victim="victim").scale(20, 1).leaves(20.2, "victim")
        take_over(story, left)
        story.scale(26, 2).joins(27, "victim").takes(27.5, "victim", 1).stable(28)
    if "pause" in faults:
        story.mark(30, "fault", fault="pause", victim="victim").action(30, "pause", target="victim")
        take_over(story, frozen, offset=5)
    if missed:
        story.add(missed, "missed", reason="a test", events=3)
    if "pause" in faults and resumed:
        story.action(resumed, "resume", target="victim")
        wake_up(story, resumed + 0.1, zombie)
    row = {"end": 20, "processed": processed} if fed else {"end": 10, "processed": processed}
    return story.audit(50, "after", p0=row, p1=row).ends(51)


def take_over(story, moment, offset=0):
    if moment is not None:
        story.takes(moment - 0.1, "a", 1).handled(moment, "a", 1, offset=offset).gives_up(
            moment + 0.5, "a", 1
        )


def wake_up(story, moment, zombie):
    if zombie == "written before it was frozen":
        story.handled(moment - 0.05, "victim", 1, offset=4)
    if zombie in {"refused", "written before it was frozen"}:
        story.worker(moment, "write_refused", "victim", topic="orders", partition=1, expected=5, found=9)
    elif zombie == "written":
        story.handled(moment, "victim", 1, offset=5)
    story.gives_up(moment + 0.1, "victim", 1, event="partitions_lost")


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == GOOD


def test_what_a_zombie_wrote_before_it_was_frozen_is_no_second_write():
    assert verdicts_of(EXPERIMENT, run(zombie="written before it was frozen")) == GOOD


@pytest.mark.parametrize(("seconds", "verdict"), [(0.0, "failed"), (0.5, "passed")])
def test_the_time_a_signal_takes_into_a_pod_is_not_the_groups(seconds, verdict):
    timeline = run(killed=17.4, signal_seconds=seconds)

    assert verdicts_of(EXPERIMENT, timeline)["killed-in-time"] == verdict


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        (run(killed=17.1), "killed-in-time"),
        (run(killed=None), "killed-in-time"),
        (run(killed=None, old_life=True), "killed-in-time"),
        (run(frozen=37.1), "frozen-in-time"),
        (run(frozen=None, resumed=None), "frozen-in-time"),
        (run(left=23.1), "leave-is-faster"),
        (run(zombie="written"), "zombie-refused"),
        (run(processed=19), "exactly-once"),
        (run(processed=21), "exactly-once"),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert having(verdicts_of(EXPERIMENT, story), "failed") == {wrong}


@pytest.mark.parametrize(
    ("story", "unknown"),
    [
        (run(faults=("leave", "pause")), {"killed-in-time"}),
        (run(faults=("kill", "pause")), {"leave-is-faster"}),
        (run(faults=("kill", "leave")), {"frozen-in-time", "zombie-refused"}),
        (run(zombie="did not try"), {"zombie-refused"}),
        (run(resumed=None), {"zombie-refused"}),
        (run(resumed=33), {"zombie-refused"}),
        (run(idle=True, faults=("kill",)), GOOD.keys() - {"completed", "exactly-once"}),
        (
            run(killed=None, fed=False, processed=10, faults=("kill",)),
            GOOD.keys() - {"completed", "exactly-once"},
        ),
        (run(frozen=None, resumed=None, missed=34), {"frozen-in-time", "zombie-refused"}),
    ],
)
def test_what_was_not_seen_is_inconclusive(story, unknown):
    found = verdicts_of(EXPERIMENT, story)

    assert having(found, "inconclusive") == set(unknown), found
    assert not having(found, "failed")


def test_each_fault_is_measured_from_its_own_moment():
    cost, who = judged(EXPERIMENT, run()).tables

    assert [row[1:] for row in cost.rows] == [
        [1, 6.1, 6.2, 6.0, 0],
        [1, 0.4, 0.5, 6.0, 0],
        [1, 6.2, 6.3, 6.0, 1],
    ]
    assert [row[1:] for row in who.rows] == [
        [1, "a", 6.1, 6.2],
        [1, "a", 0.4, 0.5],
        [1, "a", 6.2, 6.3],
    ]


@pytest.mark.parametrize(
    ("story", "letter"),
    [
        (run(), "B"),
        (run(killed=10.3), "A"),
        (run(killed=12.5), "C"),
        (run(killed=14), None),
        (run(killed=18.5, session_ms=8000), "B"),
        (run(killed=12.5, session_ms=8000), "C"),
        (run(killed=14, heartbeat_ms=3000), "B"),  # the last heartbeat was sent long before the kill
        (run(killed=12.5, heartbeat_ms=3000), None),  # a new process, or the end of the session
        (run(killed=17.5), None),
        (run(killed=None, faults=("kill",)), "D"),
        (run(faults=()), None),
    ],
)
def test_the_answer_is_measured(story, letter):
    assert judged(EXPERIMENT, story).answer == letter


def test_the_next_life_of_a_killed_worker_is_another_member():
    story = Story(partitions=1, session_ms=6000, margin_ms=1000)
    story.scale(0, 1).joins(1, "victim").takes(1.2, "victim", 0).accepted(2, 5, 0)
    story.mark(10, "fault", fault="kill", victim="victim").action(10, "kill", target="victim")
    story.joins(11, "victim").takes(16, "victim", 0).handled(16.1, "victim", 0).ends(20)

    assert verdicts_of(EXPERIMENT, story)["killed-in-time"] == "passed"
