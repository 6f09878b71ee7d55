"""Each claim of `broker-restart` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.broker_restart import EXPERIMENT

GOOD = dict.fromkeys(
    ("completed", "refused-in-time", "exactly-once", "workers-come-back", "lag-drains"), "passed"
)
CLAIMS = GOOD.keys() - {"completed"}
SAME = {"a": (11, 0), "b": (12, 0)}
# When it was answered, how long that took, and how.
REFUSED = ((15, 4.5, 503), (20, 4.5, 503))


def run(
    *,
    away=True,
    refused=REFUSED,
    early=False,
    again=((27.4, "a", 0), (27.4, "b", 1)),
    after=SAME,
    fatal=False,
    lag=((28, 30), (29, 2)),
    missed=None,
    ready=27,
    **row,
):
    """The broker ends at 12 s, begins again at 22 s, and is ready at 27 s.

    `again`: who handles what then; `row`: the balance.
    """
    story = Story(partitions=2, rate=10, bound_seconds=6)
    story.scale(0, 2).joins(1, "a").joins(1, "b").takes(1.2, "a", 0).takes(1.2, "b", 1).stable(1.5)
    story.audit(1.6, "before", p0={}, p1={}).workers(1.7, "before", **SAME)
    story.accepted(2, 10, 0, 1).handled(2.1, "a", 0).handled(2.1, "b", 1).lag(3, p0=1, p1=1)
    if away:
        story.add(10, "action", action="restart_broker", down_seconds=10.0)
        story.add(12, "done", action="restart_broker", seconds=2.0)
    for second, seconds, status in refused:
        story.refused(second, 6, seconds, status)
    if early:
        story.accepted(16, 5, 0, 1, first=10)
    if missed:
        story.add(missed, "missed", reason="a test", events=3)
    if fatal:
        story.worker(26, "fatal", "a", detail="fenced")
    for second, worker, partition in again:
        story.handled(second, worker, partition)
    if ready:
        story.mark(ready, "broker_ready")
    story.accepted(27.5, 10, 0, 1, first=10)
    for second, total in lag:
        story.lag(second, p0=total, p1=0)
    story.workers(30, "after", **after)
    row = {"end": 20, "processed": 20} | row
    return story.audit(32, "after", p0=row, p1=row).ends(33)


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, run()) == GOOD


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        (run(refused=[(15, 4.5, 503), (22.5, 7, 503)]), {"refused-in-time"}),
        (run(refused=[(15, 4.5, None)]), {"refused-in-time"}),
        (run(refused=[(15, 4.5, 500)]), {"refused-in-time"}),
        (run(refused=[*REFUSED, (28.6, 6.4, 503)]), {"refused-in-time"}),  # sent when the process ran again
        (run(refused=[*REFUSED, (26, 1, 500)]), {"refused-in-time"}),
        (run(refused=[*REFUSED, (28, 1, 500)]), {"refused-in-time"}),  # the API said it was ready
        (run(refused=[*REFUSED, (29, 1, 500)], ready=28.5), {"refused-in-time"}),
        (run(refused=[*REFUSED, (29, 1, 500)], ready=None), {"refused-in-time"}),
        (run(early=True), {"refused-in-time", "exactly-once"}),
        (run(end=19, processed=19), {"exactly-once"}),
        (run(processed=21), {"exactly-once"}),
        (run(again=[(27.4, "a", 0)]), {"workers-come-back"}),
        (run(after={"a": (11, 0), "b": (13, 1)}), {"workers-come-back"}),
        (run(after={"a": (11, 0), "b": (13, 0)}), {"workers-come-back"}),
        (run(after={"a": (11, 0)}), {"workers-come-back"}),
        (run(fatal=True), {"workers-come-back"}),
        (run(lag=[(28, 30), (29, 13)]), {"lag-drains"}),
        (run(lag=[(28, 2), (29, 30)]), {"lag-drains"}),
        (run(pending=1), {"lag-drains", "exactly-once"}),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert having(verdicts_of(EXPERIMENT, story), "failed") == wrong


@pytest.mark.parametrize(
    ("story", "unknown"),
    [
        (run(away=False), CLAIMS - {"exactly-once"}),
        (run(refused=()), {"refused-in-time"}),
        (run(refused=[(25, 1, 503)]), {"refused-in-time"}),  # nobody ordered before the process ran again
        (run(again=[(27.4, "a", 0)], missed=26), {"workers-come-back"}),
        (run(lag=()), {"lag-drains"}),
    ],
)
def test_what_was_not_seen_is_inconclusive(story, unknown):
    found = verdicts_of(EXPERIMENT, story)

    assert having(found, "inconclusive") == unknown, found
    assert not having(found, "failed")


def test_a_stream_that_was_broken_while_the_broker_was_away_changes_nothing():
    assert verdicts_of(EXPERIMENT, run(missed=16)) == GOOD


def test_a_batch_that_the_end_of_the_broker_cut_in_two_is_an_honest_answer():
    story = run(refused=[(16, 4.5, 207), (20, 4.5, 503)], end=21, processed=21)

    assert verdicts_of(EXPERIMENT, story.accepted(16, 1, 0, 1, first=10, seconds=4.5)) == GOOD


def test_an_order_that_waited_for_the_broker_counts_as_acknowledged_then():
    story = run(end=21, processed=21).accepted(22.5, 1, 0, 1, first=20, seconds=2)

    assert verdicts_of(EXPERIMENT, story) == GOOD


@pytest.mark.parametrize("ready", [27, 30, None])
def test_between_its_begin_and_its_readiness_503_and_201_are_both_right_in_time(ready):
    story = run(refused=[*REFUSED, (26, 3.5, 503)], ready=ready, end=21, processed=21)

    assert verdicts_of(EXPERIMENT, story.accepted(27, 1, 0, 1, first=20, seconds=5)) == GOOD


def test_what_comes_after_the_outage_is_no_part_of_it():
    assert verdicts_of(EXPERIMENT, run(refused=[*REFUSED, (29, 1, 500)])) == GOOD


def test_times_count_from_the_begin_of_the_next_process():
    back, meanwhile = judged(EXPERIMENT, run()).tables

    assert [row[1] for row in back.rows] == [5.0, 5.5, 5.4, 7.0]
    assert [row[1] for row in meanwhile.rows] == [10.0, 2, 12, 4.5, 30]


@pytest.mark.parametrize(
    ("story", "letter"),
    [
        (run(), "B"),
        (run(early=True), "A"),
        (run(refused=[(15, 4.5, None)]), "D"),
        (run(refused=(), end=21, processed=21).accepted(22.5, 1, 0, 1, first=20, seconds=9), "C"),
        (run(away=False), None),
        (run(refused=()), None),
        (run(refused=[(15, 4.5, 500)]), None),
    ],
)
def test_the_answer_is_measured(story, letter):
    assert judged(EXPERIMENT, story).answer == letter
