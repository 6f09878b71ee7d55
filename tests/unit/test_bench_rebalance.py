"""The benchmark of rebalances: what it makes of a run, and of what its observer saw. No broker."""

import statistics
from types import SimpleNamespace

import pytest
from confluent_kafka import TopicPartition
from support.timelines import START, Story

from bench.cpu import Stopwatch
from bench.experiment_runs import Run, SharedRun
from bench.group_observer import View, late_ms, read_shares
from bench.measure import Reading, Sample
from bench.plan import Group, Row
from bench.rebalance_readings import join_median, kill_seconds, moved_by_roll, observed, pause
from bench.report import judge
from playground.experiments.protocol_claims import SLOW

FAST, NEW = "processor-2", "processor-3"


def view(second, group_id="run-consumer", *, on_target=True, **owners):
    """What the broker said from `second` on; owners as `a=(0, 1)`."""
    shares = frozenset((f"{name}-id", name, partitions) for name, partitions in owners.items())
    return View(START + round(second * 1000), group_id, shares, on_target)


def a_join(settled=4.7):
    """One member of two partitions, then two; the second gets its share at `settled`."""
    story = Story(name="consumer", partitions=2).scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1).stable(1.5)
    story.scale(3, 2).joins(4, "b").gives_up(4.2, "a", 1).takes(settled, "b", 1).stable(5)
    return story.scale(8, 0).leaves(8.1, "a").leaves(8.1, "b")


SEEN = [
    view(0.5),
    view(1.18, a=(0, 1)),
    view(4.1, a=(0, 1), b=(), on_target=False),
    view(4.3, a=(0,), b=(), on_target=False),
    view(4.74, a=(0,), b=(1,)),
    view(8.15),
]


def test_the_observer_is_held_against_the_end_of_each_rebalance():
    assert late_ms(a_join().timeline(), "run-consumer", SEEN) == [-20, 40]
    assert late_ms(a_join(settled=4.9).timeline(), "run-consumer", SEEN) == [-20, -160]


def test_the_worst_difference_counts_whichever_its_sign():
    run = Run(a_join(settled=4.9).timeline(), SEEN, 61.0, Stopwatch())
    reading = observed(max)(run)
    assert reading.value == 160
    assert reading.more == {
        "longest_wait_ms": 61.0, "late_ms_low": -160, "late_ms_median": -90, "late_ms_high": -20, "of": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (view(4.74, a=(0, 1), b=()), "we say .* the broker"),
        (view(4.74, a=(0,), b=(1,), on_target=False), "did not see the members reach their target"),
        (view(4.74, "run-other", a=(0,), b=(1,)), "saw nothing"),
    ],
)
def test_an_observer_that_saw_something_else_measures_nothing(last, reason):
    with pytest.raises(AssertionError, match=reason):
        late_ms(a_join().timeline(), "run-consumer", [SEEN[1], last])


def member(name, owned, target):
    def places(partitions):
        return SimpleNamespace(topic_partitions=[TopicPartition("orders", part) for part in partitions])

    return SimpleNamespace(
        member_id=f"{name}-id",
        client_id=name,
        assignment=places(owned),
        target_assignment=None if target is None else places(target),
    )


def test_members_are_on_target_when_all_own_what_they_are_meant_to():
    done = member("a", (1, 0), (0, 1))
    shares, on_target = read_shares(SimpleNamespace(members=[done, member("b", (2,), (2,))]))
    assert (shares, on_target) == ({("a-id", "a", (0, 1)), ("b-id", "b", (2,))}, True)
    assert not read_shares(SimpleNamespace(members=[member("b", (), (2,)), done]))[1]
    assert read_shares(SimpleNamespace(members=[member("c", (0,), None)]))[1]  # classic: there is no target


def test_a_shared_run_is_made_once_in_a_round():
    made = iter(range(10))
    shared = SharedRun(lambda: next(made))
    assert [shared.read(name) for name in ("a", "b", "a", "b", "b")] == [0, 0, 1, 1, 2]


def test_a_watch_stands_for_the_worst_of_what_was_measured_before():
    first, second, both = Stopwatch(), Stopwatch(), Stopwatch()
    first.seconds, first.foreign, second.seconds, second.foreign = 2.0, 0.3, 3.0, 0.1
    both.stand_for(first, second)
    assert (both.seconds, both.foreign) == (5.0, 0.3)


def killed(*again, partitions=2):
    """Kills every 10 s; a handles the victim's partition `again` so many seconds later (None: never)."""
    story = Story(partitions=partitions).scale(0, 2).joins(1, "a").joins(1, "victim")
    story.takes(1.2, "a", 0).takes(1.2, "victim", 1).stable(1.5)
    for number, seconds in enumerate(again, 1):
        story.mark(number * 10, "fault", fault="kill", victim="victim")
        story.action(number * 10, "kill", target="victim").joins(number * 10 + 1, "victim")
        if seconds is not None:
            story.takes(number * 10 + seconds, "a", 1).handled(number * 10 + seconds, "a", 1)
            story.gives_up(number * 10 + 8, "a", 1)
        story.takes(number * 10 + 8.5, "victim", 1).stable(number * 10 + 9)
    return story


def test_every_kill_has_its_own_time():
    story = killed(6.2, 5.8, 6.9)
    assert kill_seconds(story.timeline(), story.group_id) == [6.2, 5.8, 6.9]


def test_a_kill_after_which_nobody_goes_on_is_no_measurement():
    story = killed(6.2, None)
    with pytest.raises(AssertionError, match="kill 2: not all partitions were handled again"):
        kill_seconds(story.timeline(), story.group_id)


def scaled():
    """A fast member gives one of its partitions to a new one, 0.6 s after that has joined; then a roll."""
    story = Story(name="consumer", partitions=4, protocols=["consumer"])
    story.scale(0, 2).joins(1, SLOW).joins(1, FAST).takes(1.2, SLOW, 0, 1).takes(1.2, FAST, 2, 3).stable(1.5)
    story.handles(1.5, 4.25, FAST, 2, 3)
    story.scale(3, 3).joins(4, NEW).gives_up(4.25, FAST, 3).takes(4.6, NEW, 3).stable(5)
    story.handles(4.3, 6, FAST, 2).handles(4.65, 6, NEW, 3)
    story.action(6, "roll", workers="processor", replicas=3).leaves(6.1, NEW).joins(6.5, NEW)
    return story.takes(6.6, NEW, 3).stable(7)


def test_pauses_joins_and_rolls_are_read_out_of_a_run():
    run = Run(scaled().timeline(), [], 0, Stopwatch())
    moved, kept = (pause("consumer", pauses)(run) for pauses in (
        lambda costs: costs.moved_ms, lambda costs: costs.kept_ms))  # fmt: skip
    assert (moved.value, moved.more["of"]) == (450, 1)  # 4.2 to 4.65
    assert kept.value == 100  # 4.2 to 4.3
    assert pause("consumer", lambda _costs: [50, 60, 900], statistics.median)(run).value == 60
    assert join_median("consumer")(run).value == 0.6
    assert moved_by_roll("consumer")(run) == Reading(0, None, {"members": 3})


def test_a_pause_of_no_partition_is_no_measurement():
    run = Run(scaled().timeline(), [], 0, Stopwatch())
    with pytest.raises(AssertionError, match="no partition"):
        pause("consumer", lambda _costs: [])(run)


@pytest.mark.parametrize(("every_round", "verdict"), [(True, "missed"), (False, "reached")])
def test_a_limit_for_every_round_is_one_for_the_worst(every_round, verdict):
    row = Row("k", "kill", "", "A", None, 7, unit="s", every_round=every_round)
    samples = {"A": [Sample(Reading(value), 0.0, 1.0) for value in (6.1, 6.2, 7.1)]}
    group = Group("g", "ms", (row,), open=None, less_is_better=True)
    line = judge(group, row, samples, {}, accept_noise=False)
    assert (line["verdict"], line["unit"]) == (verdict, "s")
