"""Verdicts: the worst wins, a crash is no pass, and a timeline in a file is judged as it was live."""

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.timelines import Story

from playground.errors import InvalidValue, NotFound, StackError
from playground.experiments import rebalance
from playground.experiments import runs as runs_module
from playground.experiments.experiment import Check
from playground.experiments.given import describe_settings, parse_pairs
from playground.experiments.judging import judge, write_judgement
from playground.experiments.junit import write_junit
from playground.experiments.runs import Runs
from playground.experiments.timeline import FILE_NAME, Recorder, Timeline, read_timeline
from playground.experiments.verdict import Verdict, failed, inconclusive, passed, worst


def experiment(*findings):
    checks = tuple(
        Check(f"check-{n}", f"claim {n}", lambda _timeline, finding=finding: finding)
        for n, finding in enumerate(findings)
    )
    return dataclasses.replace(rebalance.EXPERIMENT, checks=checks)


@pytest.mark.parametrize(
    ("findings", "wanted"),
    [
        ((passed("a"), passed("b")), "passed"),
        ((passed("a"), inconclusive("b")), "inconclusive"),
        ((failed("a"), inconclusive("b"), passed("c")), "failed"),
    ],
)
def test_the_worst_verdict_wins(findings, wanted):
    assert judge(experiment(*findings), Story().ends(9).timeline(), "x/y").verdict == wanted


def test_nothing_checked_is_nothing_shown():
    assert worst([]) is Verdict.INCONCLUSIVE


def test_a_check_that_crashes_is_inconclusive():
    def crash(_timeline):
        raise ZeroDivisionError("no orders")

    broken = dataclasses.replace(experiment(), checks=(Check("broken", "claim", crash),))

    found = judge(broken, Story().ends(9).timeline(), "x/y")

    assert found.verdict == "inconclusive"
    assert found.checks[-1].detail == "the check itself failed: ZeroDivisionError: no orders"


def test_a_run_that_broke_off_before_it_saw_anything_says_so_for_every_claim():
    found = judge(rebalance.EXPERIMENT, Timeline([]), "x/y")

    assert {check.verdict for check in found.checks} == {"inconclusive"}
    told = {check.detail for check in found.checks[1:]}
    assert told == {"the run broke off before anything was looked at"}
    assert (found.answer, found.tables) == (None, [])


@pytest.mark.parametrize(
    ("needs_all", "missed", "wanted"),
    [(True, True, "inconclusive"), (True, False, "passed"), (False, True, "passed")],
)
def test_what_needs_every_event_is_not_judged_without_some(needs_all, missed, wanted):
    one = Check("one", "claim", lambda _timeline: passed("fine"), every_event=needs_all)
    story = Story().ends(9)
    if missed:
        story.add(5, "missed", reason="the stream of events was broken", events=None)

    assert judge(dataclasses.replace(experiment(), checks=(one,)), story.timeline(), "x/y").verdict == wanted


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (Story(), "broke off"),
        (Story().add(1, "problem", phase="act", detail="interrupted").ends(9), "act: interrupted"),
        (
            Story().add(1, "problem", phase="prepare", detail="too long", next_step="make it short").ends(9),
            "prepare: too long; next: make it short",
        ),
    ],
)
def test_a_run_that_did_not_finish_has_not_passed(story, words):
    found = judge(experiment(passed("fine")), story.timeline(), "x/y")

    assert found.verdict == "inconclusive"
    assert words in found.checks[0].detail


def test_a_timeline_in_a_file_is_the_same_timeline(tmp_path):
    recorder = Recorder(tmp_path / FILE_NAME)
    recorder.add("run", 1_795_000_000_123, partitions=2, settings={"rate": 5.0})
    recorder.add("worker", 1_795_000_000_456, event="startup_complete", worker="Ä\n", group_id="g")
    recorder.close()
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b'{"at":"2026-11-23T05:12:40.833Z","kind":"cu')  # the machine went down here

    assert read_timeline(tmp_path).all == recorder.all


def test_a_recorder_takes_no_more_after_its_end(tmp_path):
    recorder = Recorder(tmp_path / FILE_NAME)
    recorder.add("phase", name="end")
    recorder.close()
    recorder.add("worker", event="late")

    assert len(read_timeline(tmp_path)) == len(recorder) == 1


def test_a_full_disk_is_a_problem_of_the_run_and_stops_nothing(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    (tmp_path / FILE_NAME).symlink_to(full)
    recorder = Recorder(tmp_path / FILE_NAME)
    recorder.add("phase", name="act")
    recorder.add("phase", name="end")
    recorder.close()

    found = judge(experiment(passed("fine")), recorder, "x/y")

    assert found.verdict == "inconclusive"
    assert "No space left on device" in found.checks[0].detail
    assert [each["name"] for each in recorder.of("phase")] == ["act", "end"]


def test_a_run_without_a_timeline_is_named(tmp_path):
    with pytest.raises(NotFound, match="cannot be read"):
        read_timeline(tmp_path)


def test_one_experiment_at_a_time(tmp_path):
    runs = Runs(tmp_path)
    with runs.only_one("rebalance") as folder:
        assert runs.running() == f"rebalance/{folder.name}"
        with pytest.raises(StackError, match=f"rebalance/{folder.name}"), Runs(tmp_path).only_one("lag"):
            pass

    assert runs.running() is None
    with runs.only_one("lag"):
        pass


def test_a_run_that_has_just_taken_the_lock_is_asked_for_its_name_again(tmp_path, monkeypatch):
    lock, looks = tmp_path / runs_module.LOCK_FILE, []

    def held(_file, _kind):
        looks.append(1)
        if len(looks) == 2:  # the first look came before the name
            lock.write_bytes(b'{"run":"lag/20261123T100000Z","host":"here","pid":1}')
        return False

    lock.touch()
    monkeypatch.setattr(runs_module, "_locks", held)

    assert Runs(tmp_path).running() == "lag/20261123T100000Z"


def test_runs_are_found_by_name_and_the_newest_by_its_experiment(tmp_path):
    for name in ("lag/20261123T100000Z", "rebalance/20261123T110000Z", "rebalance/20261123T120000Z"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / FILE_NAME).touch()
    (tmp_path / "rebalance" / "notes").mkdir()
    runs = Runs(tmp_path)

    assert runs.names()[0] == "rebalance/20261123T120000Z"
    assert runs.folder("rebalance").name == "20261123T120000Z"
    assert runs.folder("lag/20261123T100000Z").parent.name == "lag"
    assert runs.folder("latest").name == "20261123T120000Z"
    with pytest.raises(NotFound, match="the newest is rebalance/20261123T120000Z"):
        runs.folder("../etc")


def test_a_judgement_is_read_back(tmp_path):
    folder = tmp_path / "rebalance" / "20261123T110000Z"
    folder.mkdir(parents=True)
    found = judge(experiment(passed("fine", lag=3)), Story().ends(9).timeline(), "rebalance/20261123T110000Z")

    write_judgement(folder, found)

    assert Runs(tmp_path).judgement("rebalance/20261123T110000Z") == found
    assert Runs(tmp_path).judgement("rebalance/20261123T110001Z") is None
    assert json.loads((folder / "verdict.json").read_bytes())["verdict"] == "passed"


def test_junit_tells_failures_and_errors_apart(tmp_path):
    found = judge(experiment(passed("a"), failed("b"), inconclusive("c")), Story().ends(9).timeline(), "x/y")

    write_junit(tmp_path / "x.xml", found)

    suite = ET.parse(tmp_path / "x.xml").getroot()  # noqa: S314 - we wrote it a moment ago
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    assert [case.find("failure") is not None for case in suite] == [False, False, True, False]


@pytest.mark.parametrize(
    ("pairs", "field", "words"),
    [
        (["rat=5"], "rat", "has no such setting"),
        (["rate"], "rate", "name=value"),
        (["rate=fast"], "rate", "Expected float"),
        (["rate=0"], "rate", ">= 1"),
        (["members=1,x"], "members", "int"),
        (["members=3"], "members", "length >= 2"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(pairs, field, words):
    with pytest.raises(InvalidValue, match=words) as refused:
        parse_pairs(rebalance.EXPERIMENT, pairs)

    assert refused.value.field == field


def test_settings_are_read_from_texts():
    found = parse_pairs(rebalance.EXPERIMENT, ["members=1,4,2", "rate=50"])

    assert (found.members, found.rate) == ((1, 4, 2), 50.0)


def test_every_setting_is_described():
    views = {view.name: view for view in describe_settings(rebalance.RebalanceSettings)}

    assert all(view.description for view in views.values())
    assert views["rate"].bounds == "at least 1, at most 5000"


def test_an_empty_timeline_has_no_answers():
    assert (Timeline().head, Timeline().partitions, Timeline().span) == ({}, [], (0, 0))
