"""Experiments through the API of a real stack: one at a time, followed, stopped, and never left behind."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.asking import ask
from support.listening import Listener
from support.playground_process import PlaygroundProcess, alive, descendants

from playground.experiments.runs import Runs
from playground.waiting import wait_until

pytestmark = pytest.mark.slow
SHORT = {"settings": {"members": [1, 2], "watch_seconds": 0.5}}
LONG = {"settings": {"members": "1,2", "watch_seconds": 60}}
START = "/experiments/rebalance/runs"
SECONDS = 60
GROUP = "PLAYGROUND_CONSUMER_GROUP_ID"


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    with PlaygroundProcess(tmp_path_factory.mktemp("stack") / "data") as process:
        process.up()
        yield process


@pytest.fixture
def url(playground):
    return playground.settings.api.url


@pytest.fixture
def runs(playground):
    return Runs(playground.settings.runs_dir)


def start(url, body, path=START):
    return ask(url, "POST", path, json.dumps(body).encode(), content_type="application/json")


def started(url, body):
    answer = start(url, body)
    assert answer.status == 202, answer.content
    run = answer.document["run"]
    assert answer.headers["location"] == f"/runs/{run}"
    return run


def state(url, run):
    return ask(url, "GET", f"/runs/{run}").document["progress"]


def wait_for_end(url, run):
    wait_until(lambda: state(url, run)["state"] != "running", f"the end of {run}", SECONDS)
    return ask(url, "GET", f"/runs/{run}").document


def wait_for_middle(playground, url, run):
    """The workers are the run's, and orders flow."""
    wait_until(lambda: GROUP in workers(playground)[1], f"{run} to take the workers", SECONDS)
    before = state(url, run)["orders"]
    wait_until(lambda: state(url, run)["orders"] > before, f"orders of {run}", SECONDS)


def stop(url, run):
    answer = ask(url, "DELETE", f"/runs/{run}")
    assert answer.status == 202, answer.content


def workers(playground):
    """What an experiment takes over: the processors and the variables that they were given."""
    names = [one.name for one in playground.stack.workers() if one.kind == "processor"]
    return sorted(names), playground.stack.environment("processor")


def run_processes(playground):
    """Processes below the stack that run an experiment; zombies are none."""
    found = alive(descendants(playground.process.pid))
    return [pid for pid in found if b"experiment\0run" in command_of(pid)]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def zombies(playground):
    everyone = descendants(playground.process.pid)
    return sorted(set(everyone) - set(alive(everyone)))


def test_experiments_are_listed_and_told_without_the_answer(url):
    listed = ask(url, "GET", "/experiments").document["experiments"]
    assert {each["name"]: each["runnable"] for each in listed}["rebalance"]

    told = ask(url, "GET", "/experiments/rebalance").document
    assert set(told["prediction"]) == {"question", "options"}
    assert "explanation" not in told
    assert told["steps"][0] == "scale to 3"
    assert {each["name"]: each["default"] for each in told["settings"]}["members"] == [1, 3, 6, 8, 2]
    unknown = ask(url, "GET", "/experiments/rebalanse")
    assert (unknown.status, "did you mean rebalance?" in unknown.document["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"settings": {"members": [1, 99]}}, "members"),
        ({"settings": {"watch_seconds": "soon"}}, "watch_seconds"),
        ({"settings": {"membres": [1]}}, "membres"),
        ({"prediction": "Z"}, "prediction"),
        ({"settings": []}, "settings"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_begins(url, runs, body, field):
    before = runs.names()
    answer = start(url, body)

    assert (answer.status, answer.document["field"]) == (422, field)
    assert runs.names() == before


def test_a_run_from_its_question_to_its_report(playground, url):
    before = workers(playground)
    listener = Listener(url)
    run = started(url, SHORT | {"prediction": "B"})
    view = wait_for_end(url, run)

    assert view["prediction"] == "B"
    assert (view["steps"], view["steps_done"]) == (["scale to 2"], 1)
    assert view["progress"]["orders"] > 0
    verdicts = {check["name"]: check["verdict"] for check in view["outcome"]["checks"]}
    assert verdicts["completed"] == verdicts["one-owner"] == verdicts["exactly-once"] == "passed"
    assert view["outcome"]["tables"][0]["title"] == "Rebalances"
    assert workers(playground) == before

    wait_until(
        lambda: listener.seen["run"][-1:] and listener.seen["run"][-1]["verdict"], "the last event", 20
    )
    listener.close()
    told = listener.seen["run"]
    assert [each["run"] for each in told] == [run] * len(told)
    assert "running" in {each["state"] for each in told}
    assert told[-1]["verdict"] == view["progress"]["verdict"]

    listed = ask(url, "GET", "/runs").document
    assert listed["running"] is None
    assert (listed["runs"][0]["run"], listed["runs"][0]["verdict"]) == (run, view["progress"]["verdict"])

    page = ask(url, "GET", f"/runs/{run}/report.html")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert b"<svg" in page.content
    markdown = ask(url, "GET", f"/runs/{run}/report.md")
    assert markdown.content.startswith(b"# ")
    wait_until(
        lambda: not run_processes(playground) and not zombies(playground), "its process to be gone", 20
    )


def test_a_person_runs_one_from_the_page_and_sees_what_it_has_shown(browser, playground, url):
    page = browser.new_page()
    page.goto(f"{url}/experiments.html#experiment=rebalance")
    page.get_by_role("radio", name="B As many work").check()
    page.locator("summary", has_text="Settings").click()
    page.locator("#setting-members").fill("1,8")
    page.locator("#setting-watch_seconds").fill("0.5")
    page.get_by_role("button", name="Run it").click()

    expect(page.get_by_role("button", name="Stop the run")).to_be_visible(timeout=30_000)
    expect(page.locator("#run .verdict-line")).to_have_text(
        "Passed: every claim held.", timeout=SECONDS * 1000
    )
    expect(page.locator("#run .answer")).to_contain_text("You were right.")
    drawn = page.locator("#run .lanes .bar").evaluate_all("(all) => all.map((each) => each.dataset.member)")
    assert len(set(drawn)) == 6, "eight members, six partitions"
    link = page.get_by_role("link", name="The report, with all pictures")
    with page.expect_popup() as opened:
        link.click()
    expect(opened.value.locator("svg").first).to_be_visible()
    page.context.close()


def test_a_timeline_is_read_in_parts_that_fit_together(url, runs):
    run = started(url, SHORT)
    seen, after, finished = [], 0, False
    while not finished:
        part = ask(url, "GET", f"/runs/{run}/timeline?after={after}&limit=50").document
        assert len(part["observations"]) <= 50
        assert part["next"] == after + len(part["observations"])
        seen, after, finished = seen + part["observations"], part["next"], part["finished"]

    whole = [json.loads(line) for line in (runs.root / run / "timeline.jsonl").read_text().splitlines()]
    assert seen == whole


def test_one_run_at_a_time_whoever_starts_it(playground, url):
    run = started(url, LONG)
    second = start(url, SHORT)
    assert (second.status, run in second.document["detail"]) == (409, True)
    from_terminal = playground.run("experiment", "run", "rebalance", check=1)
    assert run in from_terminal.stderr

    wait_for_middle(playground, url, run)
    stop(url, run)
    view = wait_for_end(url, run)
    assert view["progress"]["verdict"] == "inconclusive"
    assert [each["detail"] for each in view["problems"]] == ["interrupted"]
    assert view["steps_done"] == 0


def test_a_stopped_run_gives_the_workers_back(playground, url):
    before = workers(playground)
    run = started(url, LONG)
    wait_for_middle(playground, url, run)
    stop(url, run)
    wait_for_end(url, run)

    assert workers(playground) == before
    again = ask(url, "DELETE", f"/runs/{run}")
    assert (again.status, "does not run" in again.document["detail"]) == (409, True)
    wait_until(
        lambda: not run_processes(playground) and not zombies(playground), "its process to be gone", 20
    )


def test_a_run_that_the_terminal_started_is_followed_and_stopped_as_well(playground, url, runs):
    with ThreadPoolExecutor(1) as pool:
        terminal = pool.submit(
            playground.run, "experiment", "run", "rebalance", "--set=watch_seconds=60", check=3
        )
        run = wait_until(runs.running, "the run of the terminal", SECONDS)
        wait_for_middle(playground, url, run)
        assert ask(url, "GET", "/runs").document["running"] == run
        assert start(url, SHORT).status == 409
        stop(url, run)
        assert "inconclusive" in terminal.result().stdout


@pytest.mark.parametrize(
    "path",
    ["/runs/a/b", "/runs/rebalance/20261123T130500Z", "/runs/..%2felsewhere", "/runs/rebalance/..%2f.."],
)
def test_what_is_no_run_is_not_found(url, runs, path):
    for outside in (runs.root.parent / "elsewhere", runs.root):  # like runs, but none
        outside.mkdir(exist_ok=True)
        (outside / "timeline.jsonl").write_text("{}\n")
    for method, more in (("GET", ""), ("DELETE", ""), ("GET", "/timeline"), ("GET", "/report.html")):
        assert ask(url, method, path + more).status == 404, (method, more)


def test_an_api_that_is_killed_leaves_no_run_behind(playground, url, runs):
    before = workers(playground)
    run = started(url, LONG)
    wait_for_middle(playground, url, run)
    assert run_processes(playground)
    api = next(one for one in playground.stack.status()["services"] if one["name"] == "api")

    os.kill(api["pid"], signal.SIGKILL)

    wait_until(lambda: runs.running() is None, "the lock of the run to be free", 20)
    assert not run_processes(playground)
    playground.wait_for_phase("ready")
    wait_until(
        lambda: ask(url, "GET", "/readyz").status == 200, "the API to be back", SECONDS, ignore=(OSError,)
    )
    assert state(url, run)["state"] == "broken off"
    playground.run("scale", "processor", str(len(before[0])), "--reset", check=None)


def test_an_api_that_is_stopped_lets_its_run_give_the_workers_back(playground, url, runs):
    before = workers(playground)
    run = started(url, LONG)
    wait_for_middle(playground, url, run)
    api = next(one for one in playground.stack.status()["services"] if one["name"] == "api")

    os.kill(api["pid"], signal.SIGTERM)

    wait_until(lambda: api["pid"] not in alive([api["pid"]]), "the API to end", 20)
    assert runs.running() is None
    assert workers(playground) == before
    assert not run_processes(playground)
