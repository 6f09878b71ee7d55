"""Pictures of a run: what they show can be read back from their SVG, and is what the timeline says."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.timelines import START, Story

from playground.experiments.report.pictures import draw_pictures
from playground.experiments.report.scene import group_ids, read_scene
from playground.experiments.timeline import Timeline, decode_line

RECORDED = Path(__file__).resolve().parents[1] / "data" / "rebalance-1-to-3.jsonl"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>&\"'\x00\u202e"


def steady(story, until, *partitions):
    """A customer sends an order to each of these partitions every 50 ms, from 0.5 s on."""
    for number in range(round((until - 0.5) / 0.05)):
        story.accepted(0.5 + number * 0.05, 1, *partitions, first=number)
    return story


def handled(story, begin, end, worker, *partitions):
    """They are handled as they come, 10 ms later."""
    first = round((begin - 0.5) / 0.05)
    return story.handles(begin + 0.01, end, worker, *partitions, first=first)


def moved(story=None):
    """processor-1 has both partitions until partition 1 goes to processor-2: revoked at 4.0, taken at 4.4."""
    story = story or Story(partitions=2)
    steady(story, 8, 0, 1).scale(0, 1).joins(0.2, "processor-1").takes(0.3, "processor-1", 0, 1)
    story.stable(0.4).add(1, "step", title="scale to 2", number=1, of=1).scale(1, 2)
    handled(story, 0.5, 8, "processor-1", 0)
    handled(story, 0.5, 3.9, "processor-1", 1)
    story.joins(2, "processor-2").gives_up(4, "processor-1", 1).takes(4.4, "processor-2", 1).stable(4.6)
    return handled(story, 4.5, 8, "processor-2", 1)


def scene_of(story):
    timeline = story.timeline()
    return read_scene(timeline, group_ids(timeline)[0])


def picture(story, kind="ownership"):
    (group,) = draw_pictures(story.timeline())
    return next(parsed(each.svg) for each in group.pictures if each.name.startswith(kind))


def parsed(svg):
    return ET.fromstring(svg)  # noqa: S314 - we wrote it


def with_class(root, class_):
    return [each for each in root.iter() if class_ in each.get("class", "").split()]


def said(root):
    """All words that are drawn."""
    return ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]


def titles(root):
    return [each.text for each in root.iter(f"{SVG}title")]


def top(rect):
    return float(rect.get("y"))


def the_pauses(root, words):
    return [each for each in with_class(root, "a-pause") if words in each.find(f"{SVG}title").text]


def test_the_pause_of_a_partition_lasts_from_its_last_order_to_the_next_one():
    (pause,) = scene_of(moved()).pauses

    assert (pause.partition, pause.old, pause.new) == (1, "processor-1", "processor-2")
    assert (pause.began - START, pause.handover - START, pause.ended - START) == (3860, 4400, 4510)
    assert pause.ms == 650


def test_a_pause_is_drawn_with_its_length_in_both_lanes():
    root = picture(moved())
    (drawn,) = the_pauses(root, "partition 1 paused for 650 ms")
    before, after = with_class(drawn, "pause-edge")
    moved_bars = sorted(with_class(root, "p1"), key=lambda each: float(each.get("x", 0)))
    old, new = (each for each in moved_bars if "bar" in each.get("class"))

    assert "650 ms" in said(root)
    assert abs(top(before) - top(old)) < 2
    assert abs(top(after) - top(new)) < 2
    assert top(after) > top(before)
    assert float(before.get("x")) + float(before.get("width")) == pytest.approx(
        float(after.get("x")), abs=0.1
    )


def test_where_nothing_pauses_nothing_is_hatched():
    story = steady(Story(partitions=1), 4, 0).scale(0, 1).joins(0.2, "a").takes(0.3, "a", 0)
    root = picture(handled(story, 0.5, 4, "a", 0))

    assert with_class(root, "a-pause") == []
    assert "no pause was seen" in " ".join(said(root))


def test_without_orders_there_is_no_pause():
    story = steady(Story(partitions=1), 2, 0).scale(0, 1).joins(0.1, "a").takes(0.2, "a", 0)
    handled(story, 0.5, 2, "a", 0)
    story.gives_up(5, "a", 0).joins(5, "b").takes(6, "b", 0).stable(9)

    assert scene_of(story).pauses == []


def test_a_customer_who_was_away_is_no_pause_of_the_group():
    story = steady(Story(partitions=1), 2, 0).scale(0, 1).joins(0.1, "a").takes(0.2, "a", 0)
    handled(story, 0.5, 2, "a", 0)
    story.accepted(5.9, 20, 0, first=30).handles(6, 7, "a", 0, first=30)

    assert scene_of(story).pauses == []


def test_orders_that_nobody_handles_any_more_are_a_pause_without_end():
    story = steady(Story(partitions=1), 8, 0).scale(0, 2).joins(0.1, "a").takes(0.2, "a", 0).joins(0.2, "b")
    handled(story, 0.5, 3, "a", 0)
    story.action(3, "kill", target="a").stable(8)
    (pause,) = scene_of(story).pauses
    root = picture(story)

    assert pause.ended is None
    assert pause.new is None
    assert any(words.startswith("> ") for words in said(root))
    (drawn,) = the_pauses(root, "to the end")
    assert "(a to nobody)" in titles(drawn)[0]


def test_a_broker_that_is_away_is_a_pause_though_no_owner_changes():
    story = steady(Story(partitions=1), 3, 0).scale(0, 1).joins(0.1, "a").takes(0.2, "a", 0)
    handled(story, 0.5, 3, "a", 0)
    story.add(3, "action", action="restart_broker", group_id=None, down_seconds=2)
    story.add(4, "refused", count=1, status=503, detail="away", seconds=0.1)
    story.accepted(6, 20, 0, first=50).handles(6.1, 7, "a", 0, first=50)
    (pause,) = scene_of(story).pauses

    assert (pause.old, pause.new, pause.handover) == ("a", "a", None)
    assert pause.ms == pytest.approx(3140, abs=1)
    assert "restart broker" in said(picture(story))


def test_members_stand_in_natural_order_and_idle_ones_are_named():
    story = Story(partitions=1).scale(0, 10)
    for number in (10, 2, 1):
        story.joins(1, f"processor-{number}")
    story.takes(1.2, "processor-1", 0).stable(6)
    root = picture(story)
    names = with_class(root, "member")

    assert [each.text for each in names] == ["processor-1", "processor-2", "processor-10"]
    assert [float(each.get("y")) for each in names] == sorted(float(each.get("y")) for each in names)
    assert said(root).count("idle") == 2


def test_how_a_member_ended_can_be_told_apart():
    story = Story(partitions=4).scale(0, 4)
    for number in range(4):
        story.joins(0.5, f"w-{number}").takes(0.6, f"w-{number}", number)
    story.action(2, "kill", target="w-0").action(2, "pause", target="w-1").action(3, "resume", target="w-1")
    story.leaves(4, "w-2").worker(4, "fatal", "w-3").stable(5)
    root = picture(story)
    legend = " ".join(said(root))

    assert {f"w-{number} {why}" for number, why in ((0, "killed"), (2, "left"), (3, "failed"))} <= {
        " ".join(title.split()[:2]) for title in titles(root)
    }
    assert "w-1 was frozen from 2.0 s to 3.0 s" in titles(root)
    assert len(with_class(root, "frozen")) == 2  # one in the lane, one in the legend
    for words in ("killed", "left", "failed", "frozen"):
        assert words in legend
    assert "started again" not in legend


def test_actions_are_labelled_lines_at_their_time():
    root = picture(moved())
    (first, second) = with_class(root, "action")
    ticks = {each.text: float(each.get("x")) for each in with_class(root, "tick")}

    assert [each.text for each in with_class(root, "action-label")] == ["scale to 1", "scale to 2"]
    assert float(second.get("x1")) == pytest.approx(ticks["0"], abs=0.1)  # seconds count from the first step
    assert float(first.get("x1")) == pytest.approx(ticks["\N{MINUS SIGN}1"], abs=0.1)


def test_labels_do_not_cover_each_other():
    story = moved()
    for number in range(6):
        story.action(5 + number / 10, "kill", target=f"processor-{number}")
    found = [
        (float(each.get("y")), float(each.get("x")), len(each.text) * 6.5)
        for each in with_class(picture(story), "action-label")
    ]

    assert len(found) == 8
    for (y, x, wide), (next_y, next_x, _wide) in pairwise(sorted(found)):
        assert y != next_y or x + wide < next_x


def test_each_group_has_pictures_with_its_own_actions_and_ids():
    story = moved().group("second").scale(10, 1).joins(10.2, "processor-1").takes(10.3, "processor-1", 0)
    story.stable(11)
    first, second = draw_pictures(story.timeline())
    roots = [parsed(each.svg) for group in (first, second) for each in group.pictures]
    ids = [each.get("id") for root in roots for each in root.iter() if each.get("id")]
    labels = [[each.text for each in with_class(root, "action-label")] for root in roots]

    assert (first.scene.name, second.scene.name) == ("members", "second")
    assert labels == [["scale to 1", "scale to 2"], ["scale to 1"]]
    assert len(ids) == len(set(ids))
    assert len({each.name for group in (first, second) for each in group.pictures}) == 2


def test_groups_at_the_same_time_keep_their_actions_and_members_apart():
    story = moved().group("other").scale(2, 1).joins(2.2, "w-1").takes(2.3, "w-1", 0)
    story.action(5, "kill", target="w-1").stable(6)
    first, second = (group.scene for group in draw_pictures(story.timeline()))

    assert [each.words for each in first.actions] == ["scale to 1", "scale to 2"]
    assert [each.words for each in second.actions] == ["scale to 1", "kill w-1"]
    assert (first.members, second.members) == (["processor-1", "processor-2"], ["w-1"])
    assert ((first.began - START) / 1000, (second.began - START) / 1000) == (0, 2)
    assert (second.ended - START) / 1000 == 6


def test_lag_is_drawn_as_it_was_told():
    story = moved().lag(1, p0=0, p1=0).lag(2, p0=0, p1=40).lag(3, p0=0, p1=20)
    root = picture(story, "lag")
    heights = {
        each.find(f"{SVG}title").text: [float(y) for y in re.findall(r" ([\d.]+)", each.get("d"))]
        for each in with_class(root, "lag-line")
        if each.get("d")
    }
    zero, most, half = heights["partition 1: at most 40"]

    assert len(set(heights["partition 0: at most 0"])) == 1
    assert (zero - half) / (zero - most) == pytest.approx(0.5, abs=0.01)
    assert "1: up to 40" in said(root)


def test_lag_of_nothing_stays_at_the_bottom_and_unknown_lag_is_no_zero():
    quiet = picture(moved().lag(1, p0=0).lag(2, p0=0), "lag")
    story = moved()
    view = {"total": 0, "lag": {"0": None}, "committed": {"0": None}}
    unknown = picture(story.add(2, "offsets", groups={story.group_id: view}, ends={}), "lag")

    assert "it was 0 whenever it was looked at" in " ".join(said(quiet))
    assert [each for each in with_class(quiet, "lag-line") if each.get("d")]
    assert "0: unknown" in said(unknown)
    assert [each for each in with_class(unknown, "lag-line") if each.get("d")] == []


def test_a_group_that_was_only_looked_at_has_a_lag_and_no_lanes():
    story = moved()
    view = {"total": 3, "lag": {"0": 3}, "committed": {"0": 7}}
    story.add(2, "offsets", groups={"analytics": view}, ends={}).add(3, "offsets", groups={"analytics": view})
    names = [each.name for group in draw_pictures(story.timeline()) for each in group.pictures]

    assert names == ["ownership-1-members", "lag-2-analytics"]


def test_a_run_of_nothing_has_no_pictures():
    assert draw_pictures(Timeline()) == []
    assert draw_pictures(Story().scale(1, 3).ends(2).timeline()) == []


def test_names_of_others_are_text_and_nothing_else():
    story = Story(partitions=1, name=HOSTILE).scale(0, 1).joins(0.1, HOSTILE).takes(0.2, HOSTILE, 0)
    story.action(1, HOSTILE, target=HOSTILE).add(1.5, "mark", name=HOSTILE).lag(1, p0=1).leaves(2, HOSTILE)
    (group,) = draw_pictures(story.timeline())

    assert len(group.pictures) == 2
    for each in group.pictures:
        root = parsed(each.svg)
        kinds = {child.tag.removeprefix(SVG) for child in root.iter()}
        assert "script" not in kinds
        assert "\x00" not in each.svg
        assert "\u202e" not in each.svg
        assert re.fullmatch(r"[a-z0-9-]+", each.name)
    assert any("<script>alert(1)" in title for title in titles(root) if title)


def test_many_members_and_partitions_keep_their_rows_apart():
    story = Story(partitions=12).scale(0, 32)
    for number in range(32):
        story.joins(0.1, f"w-{number}").takes(0.2, f"w-{number}", *range(12))
    bars = [
        each for each in with_class(picture(story.stable(3)), "bar") if each.find(f"{SVG}title") is not None
    ]
    tops = sorted(map(top, bars))

    assert len(bars) == 384
    assert all(after - before >= 5 for before, after in pairwise(tops))


def test_pauses_of_a_recorded_run_are_those_that_were_measured():
    timeline = Timeline(filter(None, map(decode_line, RECORDED.read_bytes().splitlines())))
    (group,) = draw_pictures(timeline)
    moves = {
        (each.partition, each.old, each.new): each.ms for each in group.scene.pauses if each.old != each.new
    }

    assert moves == {
        (2, "processor-1", "processor-2"): 424,
        (3, "processor-1", "processor-3"): 432,
        (4, "processor-1", "processor-3"): 426,
        (5, "processor-1", "processor-3"): 426,
        (5, "processor-3", "processor-2"): 448,
    }
    root = parsed(group.pictures[0].svg)
    assert {f"{ms} ms" for ms in moves.values()} <= set(said(root))
