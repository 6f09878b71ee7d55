"""Each claim of `lag` holds on a good timeline and fails on a doctored one."""

import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.lag_growth import EXPERIMENT

CLAIMS = ("lag-is-exact", "growth", "drain", "nobody-reads", "nobody-commits", "exactly-once")
STEP = 0.5
SCALED, NOBODY, BACK = 22, 36, 41


class Simulation:
    """Two partitions; `rate` orders per second; a member takes `capacity` of them, one batch per half second.

    One member from 2 s on, two from 24 s on, none from 36 s to 41 s, then two again.
    """

    def __init__(
        self,
        *,
        rate=100,
        capacity=80,
        later=None,
        tolerance=0.2,
        members=1,
        committed=lambda handled: handled,
    ):
        self.rate, self.capacity, self.later = rate, capacity, later or capacity
        self.ends, self.handled = [0, 0], [0, 0]
        self.committed = committed
        self.story = Story(name="slow", partitions=2, tolerance=tolerance, members=members)

    def run(self, *, before=(0, 0), growth=0, moved=0, foreign=0, lost=0):
        """Doctored: `growth` and `moved` of lag and committed offset in the stretch without members."""
        story = self.story.scale(0, 1).joins(1, "a").takes(1.2, "a", 0, 1).stable(1.5)
        story.audit(1.8, "before", p0={"end": before[0]}, p1={"end": before[1]})
        story.mark(2, "slow_began")
        self.flow(2, SCALED, {"a": (0, 1)}, self.capacity)
        story.mark(SCALED, "slow_ended").scale(SCALED, 2).joins(23, "b").gives_up(23.8, "a", 1)
        self.flow(SCALED, 24, {"a": (0, 1)}, self.capacity)
        story.takes(24, "b", 1).stable(24.1).mark(24.2, "draining", left=self.rate)
        self.flow(24, NOBODY - 2, {"a": (0,), "b": (1,)}, self.later)
        story.mark(NOBODY - 2, "orders_stop")
        self.flow(NOBODY - 2, NOBODY - 1, {"a": (0,), "b": (1,)}, 10**6, rate=0)
        story.scale(NOBODY - 1, 0).leaves(NOBODY - 0.8, "a").leaves(NOBODY - 0.8, "b").stable(NOBODY - 0.5)
        self.stand_still(growth, moved, foreign)
        story.scale(BACK, 2).joins(42, "a").joins(42, "b").takes(42, "a", 0).takes(42, "b", 1).stable(43)
        rows = [{"end": end, "processed": end - lost * part} for part, end in enumerate(self.ends)]
        return story.audit(45, "after", p0=rows[0], p1=rows[1]).ends(46)

    def flow(self, begin, end, owners, capacity, rate=None):
        coming = round((self.rate if rate is None else rate) * STEP / 2)
        for number in range(round((end - begin) / STEP)):
            at = begin + number * STEP
            if coming:
                self.story.accepted(at, coming, 0, 1, first=self.ends[0])
                self.ends = [each + coming for each in self.ends]
            for worker, partitions in owners.items():
                self.handle(at + STEP - 0.01, worker, partitions, round(capacity * STEP / len(partitions)))
            if number % 2:
                seen = [self.committed(each) for each in self.handled]
                self.story.offsets(at + STEP - 0.005, self.ends, {"run-slow": seen})

    def handle(self, at, worker, partitions, most):
        rows = []
        for part in partitions:
            count = min(most, self.ends[part] - self.handled[part])
            if count:
                first = self.handled[part]
                rows.append([part, first, first + count - 1, count])
                self.handled[part] += count
        if rows:
            self.story.add(at, "handled", group_id="run-slow", worker=worker, partitions=rows)

    def stand_still(self, growth, moved, foreign):
        story, stood = self.story, tuple(self.handled)
        story.offsets(NOBODY, self.ends, {"run-slow": stood}, name="nobody_before")
        story.mark(NOBODY + 0.1, "orders_start").accepted(NOBODY + 0.1, 20, 0, 1, first=self.ends[0])
        story.mark(NOBODY + 0.2, "nobody_began").accepted(NOBODY + 1, 30, 0, 1, first=self.ends[0] + 20)
        self.ends = [each + 50 for each in self.ends]
        story.mark(NOBODY + 4, "nobody_ended").mark(NOBODY + 4.1, "orders_stop")
        self.ends[0] += foreign
        story.offsets(
            NOBODY + 4.5, self.ends, {"run-slow": (stood[0] + moved, stood[1])}, name="nobody_after"
        )
        if growth:
            story.seen[-1]["groups"]["run-slow"]["lag"]["1"] += growth


def off_by_one(story, *, parts=True):
    """A lag that counts one too many, in one partition or (without `parts`) in the sum, everywhere."""
    for seen in story.seen:
        if seen.kind == "offsets":
            seen["groups"]["run-slow"]["lag"]["0"] += parts
            seen["groups"]["run-slow"]["total"] += 1
    return story


def test_a_good_run_passes():
    assert verdicts_of(EXPERIMENT, Simulation().run()) == dict.fromkeys(("completed", *CLAIMS), "passed")


def test_rates_and_times_are_measured():
    grows, drains, nobody = judged(EXPERIMENT, Simulation().run()).tables

    assert grows.rows == [[100.0, 80.0, 20.0, 20.0]]
    (lag, members, capacity, produced, predicted, measured) = drains.rows[0]
    assert (members, capacity, produced) == (2, 80.0, 100.0)
    assert predicted == pytest.approx((lag - 100) / 60, abs=0.01)
    assert measured == pytest.approx(predicted, abs=2 * STEP)
    assert [row[3:] for row in nobody.rows] == [[50, 50], [50, 50]]


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        pytest.param(off_by_one(Simulation().run()), {"lag-is-exact"}, id="lag off by one"),
        pytest.param(off_by_one(Simulation().run(), parts=False), {"lag-is-exact"}, id="sum off by one"),
        pytest.param(Simulation(committed=lambda n: n // 2).run(), {"growth"}, id="lag grows too fast"),
        pytest.param(Simulation(committed=lambda n: n * 6 // 5).run(), {"growth"}, id="lag grows too slowly"),
        pytest.param(Simulation(later=60).run(), {"drain"}, id="more members are less than the sum"),
        pytest.param(Simulation(later=160).run(), {"drain"}, id="drained too soon"),
        pytest.param(Simulation(later=40).run(), {"drain"}, id="never drained"),
        pytest.param(
            Simulation().run(growth=1), {"lag-is-exact", "nobody-reads"}, id="lag grew by one too many"
        ),
        pytest.param(Simulation().run(moved=1), {"nobody-reads", "nobody-commits"}, id="somebody committed"),
        pytest.param(Simulation().run(lost=1), {"exactly-once"}, id="an order was skipped"),
    ],
)
def test_each_claim_can_fail(story, wrong):
    assert having(verdicts_of(EXPERIMENT, story), "failed") == wrong


@pytest.mark.parametrize(
    ("story", "unknown"),
    [
        pytest.param(Simulation(capacity=120).run(), {"growth", "drain"}, id="the workers kept up"),
        pytest.param(Simulation(capacity=45).run(), {"drain"}, id="two are too slow as well"),
        pytest.param(
            Simulation().run().add(9, "missed", reason="the stream was broken", events=None),
            {"growth", "drain"},
            id="events are missing",
        ),
        pytest.param(
            Simulation().run(foreign=3), {"nobody-reads", "exactly-once"}, id="orders of somebody else"
        ),
    ],
)
def test_what_cannot_be_told_is_inconclusive(story, unknown):
    found = verdicts_of(EXPERIMENT, story)

    assert having(found, "inconclusive") == unknown
    assert not having(found, "failed")


def test_uneven_shares_make_no_prediction():
    story = Simulation().run()
    story.seen[0].data["partitions"] = 3

    found = next(check for check in judged(EXPERIMENT, story).checks if check.name == "drain")

    assert (found.verdict, "3 partitions evenly" in found.detail) == ("inconclusive", True)


def test_a_run_without_observations_shows_nothing():
    found = verdicts_of(EXPERIMENT, Story(name="slow", partitions=2, tolerance=0.2).ends(1))

    assert having(found, "inconclusive") == set(CLAIMS)


def test_the_answer_is_the_way_to_reckon_that_comes_nearest():
    assert judged(EXPERIMENT, Simulation().run()).answer == "C"
    assert judged(EXPERIMENT, Simulation(later=130).run()).answer == "B", "as if no more orders came"
    assert judged(EXPERIMENT, Simulation(later=40).run()).answer is None


@pytest.mark.parametrize(
    "simulation",
    [
        pytest.param(Simulation(capacity=91, tolerance=0.5), id="two ways to reckon come near enough"),
        pytest.param(Simulation(capacity=120), id="the workers kept up: there was no lag"),
        pytest.param(Simulation(members=2), id="nobody joined whom a partition was left for"),
    ],
)
def test_a_run_that_the_question_is_not_about_answers_nothing(simulation):
    assert judged(EXPERIMENT, simulation.run()).answer is None
