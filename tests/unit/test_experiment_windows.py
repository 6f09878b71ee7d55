"""Each claim of `windows` holds on a good timeline and fails on a doctored one."""

from xml.etree import ElementTree as ET

import msgspec
import pytest
from support.timelines import Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.windows import EXPERIMENT, WindowsSettings
from playground.experiments.windows_plan import plan_events
from playground.partitioner import partition_of
from playground.scratch_topics import RETENTION_MS
from playground.tables import MINUTE_MS

NOON = 1_795_000_020_000 - 1_795_000_020_000 % MINUTE_MS
SVG = "{http://www.w3.org/2000/svg}"
CLAIMS = {"own-time", "late-dropped", "catching-up", "forgets"}


def events(**settings):
    return plan_events(WindowsSettings(**settings), NOON)


def run(written=None, read=None, *, plan=None, **settings):
    """Written as planned, and read partition by partition."""
    plan = events(**settings) if plan is None else plan
    given = WindowsSettings(**settings)
    if written is None:
        ends, written = {}, []
        for each in plan:
            partition = partition_of(each.user.encode(), given.partitions)
            written.append([each.user, each.item, each.time, partition, ends.setdefault(partition, 0)])
            ends[partition] += 1
    read = sorted(written, key=lambda record: record[3:]) if read is None else read
    story = Story(grace_seconds=given.grace_seconds)
    rows = [[each.user, each.item, each.time, each.arrival, each.late] for each in plan]
    story.add(1, "plan", events=rows)
    story.add(2, "written", topic="lab.run-orders", partitioner="murmur2_random", records=written)
    return story.add(3, "read", topic="lab.run-orders", records=read)


def test_a_good_run_passes_all_and_answers_the_question():
    story = run()

    assert having(verdicts_of(EXPERIMENT, story), "passed") >= CLAIMS
    assert judged(EXPERIMENT, story).answer == "C"


def test_the_plan_is_out_of_order_and_late_as_asked():
    plan = events(orders=300, late=20, out_of_order_seconds=15, grace_seconds=40)

    assert len(plan) == 300
    assert sum(each.late for each in plan) == 20
    assert [each.arrival for each in plan] == sorted(each.arrival for each in plan)
    assert [each.time for each in plan] != sorted(each.time for each in plan)
    assert all(each.arrival - each.time <= 15_000 for each in plan if not each.late)
    assert {each.time for each in plan} == {NOON + number * 1000 for number in range(300)}


def test_with_any_settings_its_orders_are_younger_than_the_retention_of_scratch_topics():
    """Otherwise the broker deletes them while they are counted."""
    [most] = [
        each.type.type.le
        for each in msgspec.inspect.type_info(WindowsSettings).fields
        if each.name == "minutes"
    ]

    assert (most + 5) * MINUTE_MS < int(RETENTION_MS)


def test_a_record_with_another_time_than_planned_is_found():
    story = run()
    for kind in ("written", "read"):
        for row in story.timeline().latest(kind)["records"]:
            row[2] += MINUTE_MS if row[3:] == [0, 5] else 0

    assert "own-time" in having(verdicts_of(EXPERIMENT, story), "failed")


def test_an_order_that_is_late_and_was_not_meant_to_be_is_found():
    plan = events()
    first = next(number for number, each in enumerate(plan) if not each.late)
    moved = [*plan[:first], *plan[first + 1 :], plan[first]]  # it comes last

    verdicts = verdicts_of(EXPERIMENT, run(plan=moved))

    assert "late-dropped" in having(verdicts, "failed")


def test_late_orders_that_are_counted_are_found():
    story = run(plan=sorted(events(), key=lambda each: each.time))  # all in order: nothing is late

    assert "late-dropped" in having(verdicts_of(EXPERIMENT, story), "failed")


def test_nothing_late_proves_nothing():
    verdicts = verdicts_of(EXPERIMENT, run(late=0))

    assert having(verdicts, "inconclusive") & CLAIMS == {"late-dropped"}
    assert judged(EXPERIMENT, run(late=0)).answer is None


def test_too_few_minutes_for_any_order_to_be_late_are_said():
    found = {check.name: check for check in judged(EXPERIMENT, run(minutes=2, grace_seconds=90)).checks}

    assert found["late-dropped"].verdict == "inconclusive"
    assert "`minutes`" in found["late-dropped"].detail


def test_partitions_that_came_side_by_side_prove_nothing_about_catching_up():
    story = run()
    written = story.timeline().latest("written")["records"]
    story.timeline().latest("read")["records"][:] = written

    assert having(verdicts_of(EXPERIMENT, story), "inconclusive") & CLAIMS == {"catching-up"}


def test_one_partition_proves_nothing_about_catching_up():
    assert having(verdicts_of(EXPERIMENT, run(partitions=1)), "inconclusive") & CLAIMS == {"catching-up"}


def test_windows_that_are_all_young_prove_nothing_about_forgetting():
    assert "forgets" in having(verdicts_of(EXPERIMENT, run(minutes=2, grace_seconds=60)), "inconclusive")


@pytest.mark.parametrize("kind", ["written", "read"])
def test_what_is_missing_makes_all_inconclusive(kind):
    story = run()
    story.timeline().latest(kind)["records"].clear()

    assert having(verdicts_of(EXPERIMENT, story), "inconclusive") >= CLAIMS


def test_an_order_that_is_not_in_the_topic_any_more_leaves_nothing_to_say():
    story = run()
    story.timeline().latest("read")["records"].pop()

    assert having(verdicts_of(EXPERIMENT, story), "inconclusive") >= CLAIMS


def test_the_table_tells_each_window_in_four_ways():
    tables = judged(EXPERIMENT, run()).tables

    rows = tables[0].rows
    assert [row[1] for row in rows] == [48] * 5
    assert [row[5] for row in rows] == [48] * 5  # a day of grace
    assert sum(row[2] for row in rows) == 240 - 12
    assert [row[3] > 0 for row in rows] == [False, False, False, True, True]
    assert tables[1].rows[0] == ["as they came", 12, 0]


def test_pictures_show_each_order_once_and_the_late_ones_crossed():
    came, again = (ET.fromstring(drawn) for _title, drawn in EXPERIMENT.draw(run().timeline()))  # noqa: S314

    for root, late in ((came, 12), (again, None)):
        points = [each for each in root.iter(f"{SVG}circle") if each.find(f"{SVG}title") is not None]
        crosses = [each.text for each in root.iter(f"{SVG}title") if each.text.startswith("late: ")]
        assert len(points) + len(crosses) == 240
        assert late in {None, len(crosses)}
        assert f"{len(crosses)} of 240 orders" in root.find(f"{SVG}desc").text
    assert EXPERIMENT.draw(Story(grace_seconds=1).timeline()) == []
