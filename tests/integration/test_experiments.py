"""Every experiment as a person runs it: from the command line, on a real stack, to its verdict."""

import json
import signal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.playground_process import PlaygroundProcess

from playground.experiments.before import look_at
from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.timeline import FILE_NAME
from playground.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.alone]
RUN_SECONDS = 240
# As short as each can be while every one of its claims is still looked at.
SHORT = {
    "rebalance": ["members=1,8,2", "watch_seconds=1"],
    "protocols": ["cycles=1", "watch_seconds=1", "protocols=range,cooperative-sticky,static,consumer"],
    "delivery": ["crashes=1"],
}


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    with PlaygroundProcess(tmp_path_factory.mktemp("experiments") / "data") as process:
        process.up()
        yield process


def processors(playground):
    return [
        (worker.name, worker.group_id) for worker in playground.stack.workers() if worker.kind == "processor"
    ]


def assert_given_back(playground):
    assert processors(playground) == [
        ("processor-1", "order-processor"),
        ("processor-2", "order-processor"),
    ]
    groups = {group["group_id"] for group in playground.json("groups")["groups"]}
    assert groups == {"analytics", "order-processor"}
    assert dict(playground.stack.environment("processor")) == {}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_passes_and_gives_the_system_back(playground, name, tmp_path):
    settings = [word for pair in SHORT.get(name, []) for word in ("--set", pair)]
    junit = tmp_path / "junit.xml"

    done = playground.run(
        "experiment",
        "run",
        name,
        *settings,
        "--junit",
        str(junit),
        "-o",
        "json",
        check=None,
        seconds=RUN_SECONDS,
    )

    assert done.stdout, done.stderr
    judgement = json.loads(done.stdout)
    verdicts = {check["name"]: check["verdict"] for check in judgement["checks"]}
    wrong = [check for check in judgement["checks"] if check["verdict"] != "passed"]
    assert not wrong, f"{wrong}; {judgement['tables']}"
    assert (done.returncode, judgement["verdict"]) == (0, "passed")
    assert {check.name for check in EXPERIMENTS[name].checks} < verdicts.keys()
    assert judgement["answer"] in EXPERIMENTS[name].prediction.options
    assert ET.parse(junit).getroot().get("tests") == str(len(verdicts))  # noqa: S314 - we wrote it
    assert_given_back(playground)


def test_a_finished_run_is_judged_again_without_a_broker(playground, tmp_path):
    runs = playground.json("experiment", "list", "--runs")
    elsewhere = PlaygroundProcess(tmp_path / "none", RUNS_DIR=str(playground.settings.runs_dir))

    again = elsewhere.json("experiment", "recheck", runs[0]["run"])

    assert (again["run"], again["verdict"]) == (runs[0]["run"], "passed")
    folder = playground.settings.runs_dir / runs[0]["run"]
    assert (
        "<svg" in (folder / "report.html").read_text() or "Owners" not in (folder / "report.html").read_text()
    )
    assert (folder / "report.md").read_text().startswith("# ")


def begin(playground, *settings):
    """A run that would take a while, at its first step."""
    before = {run["run"] for run in playground.json("experiment", "list", "--runs")}
    process = playground.begin("experiment", "run", "rebalance", "--set", "watch_seconds=30", *settings)

    def acting():
        assert process.poll() is None, process.stdout.read()
        return [
            run["run"]
            for run in playground.json("experiment", "list", "--runs")
            if run["run"] not in before
            and '"kind":"step"' in (playground.settings.runs_dir / run["run"] / FILE_NAME).read_text()
        ]

    (run,) = wait_until(acting, "the first step of the run", 90)
    return process, run


def gives_back(playground, run):
    return '"name":"clean-up"' in (playground.settings.runs_dir / run / FILE_NAME).read_text()


def test_only_one_at_a_time_and_ctrl_c_gives_the_system_back(playground):
    process, run = begin(
        playground, "--set", "watch_seconds=1", "--set", "members=1,2,1,2,1,2,1,2,1,2,1,2,1,2"
    )
    try:
        second = playground.run("experiment", "run", "rebalance", check=1)
        assert f"an experiment runs already: {run}" in second.stderr
        groups = {group for _name, group in processors(playground)}
        assert groups != {"order-processor"}, "the workers are in the run's own group now"
    finally:
        process.send_signal(signal.SIGINT)
        wait_until(lambda: gives_back(playground, run), "the clean-up", 30)
        process.send_signal(signal.SIGINT)  # a person who presses it twice
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 3, said
    assert "interrupted" in said
    assert_given_back(playground)
    found = playground.run("experiment", "recheck", run, check=3)
    assert "interrupted" in found.stdout


def test_after_a_run_that_was_killed_the_next_one_gives_the_system_back(playground):
    """Three workers with a variable, and a load: that is the way it was, and not what the killed run left."""
    variables = {"PLAYGROUND_FAULT_BATCH_DELAY_MS": "1"}
    playground.stack.scale("processor", 3, variables)
    playground.stack.load_start({"rate": 5.0})
    before = look_at(playground.stack, "processor")
    try:
        process, run = begin(playground, "--set", "watch_seconds=1", "--set", "members=1,2,1,2,1,2,1,2")
        process.kill()
        process.communicate(timeout=10)
        assert dict(playground.stack.environment("processor")) != variables, "it is still the killed run's"
        assert playground.stack.load().settings is None

        quick = ("--set", "members=1,2", "--set", "watch_seconds=1")
        done = playground.run("experiment", "run", "rebalance", *quick, check=None, seconds=RUN_SECONDS)

        assert f"giving back what {run} has left" in done.stdout
        assert "problem" not in done.stdout
        assert look_at(playground.stack, "processor") == before
        assert processors(playground) == [(f"processor-{n}", "order-processor") for n in (1, 2, 3)]
        groups = {group["group_id"] for group in playground.json("groups")["groups"]}
        assert groups == {"analytics", "order-processor"}
        assert not list(playground.settings.runs_dir.rglob("give-back.json"))
        report = playground.json("experiment", "report", "latest")["markdown"]
        assert f"give back (run {run}, workers processor, replicas 3" in Path(report).read_text()
    finally:
        playground.stack.load_stop()
        playground.stack.scale("processor", 2, {})


def test_an_unknown_experiment_and_a_wrong_setting_are_usage_errors(playground):
    unknown = playground.run("experiment", "run", "rebalence", check=2)
    assert "did you mean rebalance?" in unknown.stderr
    wrong = playground.run("experiment", "run", "rebalance", "--set", "rate=fast", check=2)
    assert "rate: Expected" in wrong.stderr
    guess = playground.run("experiment", "run", "rebalance", "--predict", "Z", check=2)
    assert "What do the members do?" in guess.stderr
