"""The stack is given back as it was: at the end of a run, or by the next one when it was killed."""

import dataclasses
import stat

import pytest
from support.stacks import MemoryApi, MemoryStack

from playground.errors import StackError
from playground.experiments import before as before_module
from playground.experiments import rebalance
from playground.experiments.before import look_at
from playground.experiments.experiment import Check, Step
from playground.experiments.owed import FILE_NAME, read_owed, write_owed
from playground.experiments.runner import run_experiment
from playground.experiments.runs import Runs
from playground.experiments.timeline import FILE_NAME as TIMELINE
from playground.experiments.timeline import Recorder, read_timeline
from playground.experiments.verdict import passed

LOAD = {"rate": 20.0, "key": "user"}
SECRET = {"PLAYGROUND_DATABASE_URL": "postgresql://user:secret@host/db"}
KILLED = "rebalance-20261123t100000z"


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path)


@pytest.fixture
def api():
    return MemoryApi()


def run(stack, api, runs, step=lambda _lab: None):
    """A run whose one step is this, and whose claim always holds: its timeline and what it has shown."""
    chosen = dataclasses.replace(
        rebalance.EXPERIMENT,
        prepare=lambda _lab: None,
        steps=lambda _settings: [Step("the only one", step)],
        checks=(Check("fine", "all is fine", lambda _timeline: passed("fine")),),
        measure=lambda _timeline: [],
    )
    folder, judgement = run_experiment(chosen, rebalance.RebalanceSettings(), stack=stack, api=api, runs=runs)
    return read_timeline(folder), judgement


def killed(runs, stack, *, replicas=1, groups=("members",)):
    """What a run leaves that is killed while `replicas` workers are in the last of its groups."""
    folder = runs.root / "rebalance" / "20261123T100000Z"
    folder.mkdir(parents=True)
    write_owed(folder, KILLED, look_at(stack, "processor"))
    recorder = Recorder(folder / TIMELINE)
    recorder.add("run", run_id=KILLED)
    stack.load_stop()
    for name in groups:
        group_id = f"{KILLED}-{name}"
        recorder.add("action", action="scale", group_id=group_id, workers="processor", replicas=replicas)
        stack.scale("processor", replicas, {"PLAYGROUND_CONSUMER_GROUP_ID": group_id})
    recorder.close()
    return folder


def give_backs(timeline):
    return [seen for seen in timeline.of("action") if seen["action"] == "give_back"]


def test_what_is_owed_is_kept_from_others_while_a_run_goes_on_and_gone_afterwards(runs, api):
    stack = MemoryStack(3, SECRET, LOAD)
    before = look_at(stack, "processor")
    seen = []

    def look(lab):
        (owed,) = read_owed(runs.root)
        file = owed.folder / FILE_NAME
        seen.append((owed.content.before, stat.S_IMODE(file.stat().st_mode)))
        lab.stack.scale("processor", 1, {"PLAYGROUND_CONSUMER_GROUP_ID": "x"})

    timeline, judgement = run(stack, api, runs, look)

    assert seen == [(before, 0o600)]
    assert judgement.verdict == "passed"
    assert look_at(stack, "processor") == before
    assert read_owed(runs.root) == []
    assert not [file for file in runs.root.rglob("*") if file.is_file() and b"secret" in file.read_bytes()]
    assert not give_backs(timeline)


def test_the_next_run_gives_back_what_a_killed_one_could_not(runs, api):
    stack = MemoryStack(3, SECRET, LOAD)
    before = look_at(stack, "processor")
    killed(runs, stack, groups=("first", "second"))

    at_its_step = []
    timeline, judgement = run(
        stack, api, runs, lambda lab: at_its_step.append(lab.stack.environment("processor"))
    )

    assert judgement.verdict == "passed"
    assert at_its_step == [SECRET], "before it looks, and not at its end alone"
    assert look_at(stack, "processor") == before
    (noted,) = give_backs(timeline)
    assert (noted["run"], noted["replicas"], noted["load"]) == ("rebalance/20261123T100000Z", 3, LOAD)
    assert "secret" not in str(noted)
    assert set(api.deleted) == {f"{KILLED}-first", f"{KILLED}-second"}
    assert read_owed(runs.root) == []


def test_scratch_topics_of_a_killed_run_are_deleted_by_the_next_one_and_no_others(runs, api):
    stack = MemoryStack(3, SECRET, LOAD)
    killed(runs, stack)
    api.topics = [f"lab.{KILLED}-2", "lab.somebody-2", f"lab.{KILLED}-12"]

    timeline, judgement = run(stack, api, runs)

    assert judgement.verdict == "passed"
    assert api.topics == ["lab.somebody-2"]
    deleted = [seen["target"] for seen in timeline.of("action") if seen["action"] == "delete_topic"]
    assert deleted == [f"lab.{KILLED}-2", f"lab.{KILLED}-12"]


def test_a_run_killed_before_it_touched_the_workers_has_stopped_the_load_all_the_same(runs, api):
    stack = MemoryStack(2, load=LOAD)
    before = look_at(stack, "processor")
    killed(runs, stack, groups=())

    at_its_step = []
    run(stack, api, runs, lambda lab: at_its_step.append(look_at(lab.stack, "processor").processes))

    assert at_its_step == [before.processes], "workers that were right are left alone"
    assert look_at(stack, "processor") == before


def test_a_run_killed_between_two_groups_has_left_no_workers(runs, api):
    stack = MemoryStack(3)
    killed(runs, stack, groups=())
    stack.scale("processor", 0)

    run(stack, api, runs)

    assert len([worker for worker in stack.workers() if worker.kind == "processor"]) == 3


def test_what_somebody_has_changed_since_a_run_was_killed_counts(runs, api):
    """The workers were given back by hand, and the load was left off: nobody undoes that."""
    stack = MemoryStack(3, SECRET, LOAD)
    killed(runs, stack)
    stack.scale("processor", 4, {})

    timeline, _judgement = run(stack, api, runs)

    now = look_at(stack, "processor")
    assert (now.replicas, now.environment, now.load) == (4, {}, None)
    assert not give_backs(timeline)
    assert read_owed(runs.root) == []


def test_a_load_that_was_started_after_a_run_was_killed_goes_on(runs, api):
    stack = MemoryStack(3, load=LOAD)
    killed(runs, stack)
    stack.load_start({"rate": 5.0, "key": "item"})

    _timeline, judgement = run(stack, api, runs)

    now = look_at(stack, "processor")
    assert (now.replicas, now.load) == (3, {"rate": 5.0, "key": "item"})
    assert judgement.verdict == "passed"


def test_groups_that_cannot_be_deleted_yet_are_left_to_the_next_run(runs, api):
    stack = MemoryStack(3, SECRET)
    killed(runs, stack)
    api.denied = {f"{KILLED}-members"}

    _timeline, judgement = run(stack, api, runs)

    assert "not yours" in judgement.checks[0].detail
    (owed,) = read_owed(runs.root)
    assert owed.content.before is None, "the secrets went when they were no longer needed"
    api.denied.clear()
    _timeline, judgement = run(stack, api, runs)
    assert judgement.verdict == "passed"
    assert (api.deleted, read_owed(runs.root)) == ([f"{KILLED}-members"], [])


def test_a_stack_that_does_not_come_back_as_it_was_is_a_problem_of_the_run(runs, api, monkeypatch):
    monkeypatch.setattr(before_module, "SEEN_SECONDS", 0.1)
    stack = MemoryStack(3, SECRET)

    def spoil(lab):
        lab.stack.stubborn = True
        lab.stack.scale("processor", 1, {})

    timeline, judgement = run(stack, api, runs, spoil)

    (problem,) = timeline.of("problem")
    assert problem["phase"] == "clean-up"
    assert "3 processor workers before, 1 now" in problem["detail"]
    assert "playground status" in problem["next_step"]
    verdicts = {check.name: check.verdict for check in judgement.checks}
    assert (verdicts, judgement.verdict) == ({"completed": "inconclusive", "fine": "passed"}, "inconclusive")
    assert len(read_owed(runs.root)) == 1, "it still owes that"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda stack: stack.variables.update(processor={"A": "secret"}), "have another A, PLAYGROUND_DAT"),
        (lambda stack: stack.load_stop(), "load: rate 20.0, key user before, none now"),
    ],
)
def test_what_is_not_as_it_was_is_named_without_its_value(monkeypatch, change, words):
    monkeypatch.setattr(before_module, "SEEN_SECONDS", 0)
    stack = MemoryStack(2, SECRET, LOAD)
    before = look_at(stack, "processor")
    monkeypatch.setattr(stack, "load_start", lambda _settings: change(stack))

    with pytest.raises(StackError) as error:
        before_module.give_back(stack, before)

    assert words in str(error.value)
    assert "secret" not in str(error.value)


def test_nothing_is_touched_when_what_is_owed_cannot_be_written(runs, api, monkeypatch):
    stack = MemoryStack(2, load=LOAD)
    processes = look_at(stack, "processor").processes

    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("playground.experiments.owed.os.open", full)
    _timeline, judgement = run(stack, api, runs)

    assert "No space left on device" in judgement.checks[0].detail
    assert (stack.settings, look_at(stack, "processor").processes) == (LOAD, processes)


def test_a_file_that_says_nothing_is_named(runs):
    folder = runs.root / "rebalance" / "20261123T100000Z"
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_text("{")

    with pytest.raises(StackError, match=FILE_NAME) as error:
        read_owed(runs.root)

    assert error.value.next_step.startswith("delete it")
