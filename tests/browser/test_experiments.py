"""The page of experiments: choose one, answer its question, run it, follow it, and see what it has shown."""

from __future__ import annotations

import re

import pytest
from browser.experiment_scenario import (
    GROUP,
    ROUTE,
    RUN,
    experiment,
    let_end,
    let_run,
    progress,
    run_view,
    runs,
    script_experiments,
    summary,
    timeline,
)
from playwright.sync_api import expect

START = "/experiments/rebalance/runs"


@pytest.fixture
def look(visit, api):
    """Open the page of experiments, at an address of its own if given."""
    script_experiments(api)

    def open_page(address: str = "", **options):
        record = visit(**options)
        record.expected = ("Failed to load resource",)
        record.page.goto(f"{api.url}experiments.html{address}")
        return record.page

    return open_page


def test_the_first_experiment_is_shown_and_another_can_be_chosen(look):
    page = look()
    expect(page.locator("#experiment h2")).to_have_text("Members come and go")
    expect(page.locator("#experiment")).to_contain_text("Every partition has exactly one owner")
    expect(page.locator("#runs")).to_contain_text("No experiment has run yet.")
    page.locator("summary", has_text="Settings").click()
    expect(page.get_by_role("textbox", name="rate")).to_have_accessible_description(
        "orders; at least 1, at most 5000"
    )

    page.locator("#experiments").get_by_role("link", name="A member is lost").click()
    expect(page.locator("#experiment h2")).to_have_text("A member is lost")
    expect(page.locator("#experiment")).to_be_focused()
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#experiment [role='alert']")).to_contain_text("It needs Killable")
    expect(page.locator("#experiment [role='alert'] code")).to_have_text("playground up")
    page.go_back()
    expect(page.locator("#experiment h2")).to_have_text("Members come and go")


def test_a_run_takes_the_settings_that_were_changed_and_the_prediction(look, api):
    api.answer("POST", START, {"run": RUN}, 202)
    page = look()
    page.get_by_role("radio", name="B 6 work").check()
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("textbox", name="members").fill("1,8")
    let_run(api)
    page.get_by_role("button", name="Run it").click()

    expect(page.locator("#run h2")).to_have_text("Members come and go")
    expect(page.locator("#run")).to_be_focused()
    expect(page).to_have_url(f"{api.url}experiments.html#run={RUN}")
    [seen] = api.sent("POST", START)
    assert seen.body == {"settings": {"members": "1,8"}, "prediction": "B"}


def test_nobody_has_to_predict(look, api):
    api.answer("POST", START, {"run": RUN}, 202)
    page = look()
    expect(page.get_by_role("radio", name="I would rather see it first.")).to_be_checked()
    page.get_by_role("button", name="Run it").click()
    expect(page.locator("#run")).to_be_visible()
    assert api.sent("POST", START)[0].body == {"settings": {}, "prediction": None}


def test_a_setting_that_is_refused_says_so_beside_it(look, api):
    api.refuse(
        "POST", START, 422, "A value cannot be used", detail="rate: Expected float <= 5000", field="rate"
    )
    page = look()
    page.get_by_role("button", name="Run it").click()

    rate = page.get_by_role("textbox", name="rate")
    expect(rate).to_be_focused()
    expect(rate).to_have_accessible_description("✕ Expected float <= 5000 orders; at least 1, at most 5000")
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "false")


def test_a_second_run_is_refused_with_a_way_to_follow_the_first(look, api):
    page = look()
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "false")
    let_run(api)
    detail = f"an experiment runs already: {RUN}"
    api.refuse("POST", START, 409, "That cannot be done to it as it is", detail=detail)
    page.goto(f"{api.url}experiments.html#experiment=rebalance")
    page.get_by_role("button", name="Run it").click()

    expect(page.locator("#experiment [role='alert']")).to_contain_text("An experiment runs already")
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name="Follow it").click()
    expect(page.locator("#run [data-part='doing']")).to_have_text("Step 2 of 2: scale to 8.")
    expect(page.get_by_role("link", name="Follow it")).to_be_hidden()


def test_a_run_under_way_is_followed_to_its_verdict(look, api):
    let_run(api)
    page = look()
    expect(page.locator("#run [data-part='badge']")).to_contain_text("running")
    expect(page.locator("#run [data-part='steps'] li")).to_have_text(
        ["✓ scale to 3, done", "▶ scale to 8, now"]
    )
    expect(page.locator("#run dl")).to_contain_text("2,280")
    expect(page.locator("#run dl")).to_contain_text("17")
    expect(page.locator("#run .lanes .bar[data-member='processor-2']")).to_have_count(2)
    expect(page.locator("#run .lanes .pause")).to_have_count(2)
    expect(page.locator("#run [data-part='words']")).to_contain_text("400 ms")
    label = page.locator("#run .lanes").get_attribute("aria-label")
    assert label.startswith(f"Owners of the partitions of {GROUP}: processor-1, processor-2.")

    let_end(api, "failed")
    expect(page.locator("#run .verdict-line")).to_have_text(
        "Failed: at least one claim was seen to be wrong."
    )
    answer = page.locator("#run .answer")
    expect(answer).to_contain_text("You said A: All 8 work.")
    expect(answer).to_contain_text("Measured: B, 6 work, 2 have nothing to do.")
    expect(answer).to_contain_text("It was otherwise.")
    expect(page.locator("#run .checks tbody tr")).to_have_text(
        [
            "✗ failed" + "Every partition has one owner" + "one-owner" + "6 of 6",
            "✓ passedTwo members are idleidle2 of 8",
        ]
    )
    expect(page.get_by_role("region", name="Rebalances").locator("td")).to_have_text(
        ["1 to 3", "168", "3 to 8", re.compile("not known")]
    )
    expect(page.get_by_role("link", name="The report, with all pictures")).to_have_attribute(
        "href", f"runs/{RUN}/report.html"
    )
    expect(page.get_by_role("button", name="Stop the run")).to_be_hidden()
    expect(page.locator("#runs li")).to_contain_text("failed")
    expect(page.locator("#run .lanes text.clock").last).to_have_text("end")


def test_a_right_prediction_and_one_that_cannot_be_judged(look, api):
    let_end(api, prediction="B")
    page = look(f"#run={RUN}")
    expect(page.locator("#run .answer")).to_contain_text("You were right.")
    let_end(api, "inconclusive", answer=None)
    page.reload()
    expect(page.locator("#run .answer")).to_contain_text("This run cannot tell which answer is right.")
    expect(page.locator("#run .answer")).not_to_contain_text("One owner.")


def test_stop_asks_once_and_says_what_happens(look, api):
    let_run(api)
    api.answer("DELETE", ROUTE, run_view(), 202)
    page = look()
    stop = page.get_by_role("button", name="Stop the run")
    stop.click()
    expect(stop).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#run [data-part='doing']")).to_have_text("Stopping: giving the workers back.")
    stop.dispatch_event("click")
    assert len(api.sent("DELETE", ROUTE)) == 1

    problem = {"phase": "act", "detail": "interrupted", "next_step": None}
    let_end(api, "inconclusive")
    ended = api.answers["GET", ROUTE][1]
    api.answer("GET", ROUTE, ended | {"problems": [problem]})
    expect(page.locator("#run [role='alert']")).to_contain_text("Interrupted")
    expect(page.locator("#run .verdict-line")).to_contain_text("Inconclusive")


def test_a_run_that_broke_off_says_so(look, api):
    let_run(api)
    api.answer("GET", "/runs", runs(("broken off", None)))
    api.answer("GET", ROUTE, run_view(progress=progress(state="broken off")))
    api.answer("GET", f"{ROUTE}/timeline", timeline(finished=True))
    page = look(f"#run={RUN}")
    expect(page.locator("#run [role='alert']")).to_contain_text("The run broke off.")
    expect(page.locator("#run [data-part='steps'] li").last).to_have_text(
        re.compile("scale to 8, broken off")
    )
    expect(page.locator("#runs li")).to_contain_text("broken off")


def test_a_run_that_begins_elsewhere_is_told(look, api):
    page = look()
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "false")
    let_run(api)
    page.goto(f"{api.url}experiments.html#experiment=rebalance")
    api.publish("run", progress())
    expect(page.locator("#running")).to_contain_text(f"{RUN} is running.")
    api.publish("run", progress())
    expect(page.locator("#running")).to_contain_text("rebalance is running, step 2 of 2: scale to 8.")
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "true")

    let_end(api)
    api.publish("run", progress(state="finished", verdict="passed"))
    expect(page.locator("#running")).to_be_hidden()
    expect(page.get_by_role("button", name="Run it")).to_have_attribute("aria-disabled", "false")


def test_what_does_not_exist_is_said(look, api):
    detail = "there is no experiment 'rebalans'; did you mean rebalance?"
    api.refuse("GET", "/experiments/rebalans", 404, "There is no such thing", detail=detail)
    page = look("#experiment=rebalans")
    expect(page.locator("#experiment .note")).to_contain_text("did you mean rebalance?")
    api.refuse("GET", ROUTE, 404, "There is no such thing", detail="there is no run")
    page.goto(f"{api.url}experiments.html#run={RUN}")
    expect(page.locator("#run .note").first).to_contain_text("There is no run")


def test_the_dashboard_has_a_line_as_long_as_an_experiment_runs(visit, api):
    page = visit().page
    line = page.locator("#experiment-line")
    expect(page.locator("#connection")).to_contain_text("Live")
    expect(line).to_be_hidden()
    api.publish("run", progress())
    expect(line).to_have_text("▶ Experiment rebalance, step 2 of 2: scale to 8; follow")
    expect(line.get_by_role("link")).to_have_attribute("href", f"experiments.html#run={RUN}")
    api.publish("run", progress(phase="clean-up"))
    expect(line).to_contain_text("giving the workers back")
    api.publish("run", progress(state="finished", verdict="passed"))
    expect(line).to_contain_text("rebalance: passed")


def test_many_experiments_and_long_words_are_text(look, api):
    hostile = "<img src=x onerror=alert(1)>" + "w" * 90
    api.answer(
        "GET", "/experiments", {"experiments": [summary("rebalance", title=hostile, question=hostile)]}
    )
    told = experiment(title=hostile, story=hostile, question=hostile, steps=[hostile])
    told["prediction"] = {"question": hostile, "options": {"A": hostile}}
    told["claims"] = [{"name": hostile, "claim": hostile}]
    told["settings"] = [{"name": hostile, "default": hostile, "bounds": hostile, "description": hostile}]
    api.answer("GET", "/experiments/rebalance", told)
    page = look("#experiment=rebalance", viewport={"width": 360, "height": 740})
    expect(page.locator("#experiment h2")).to_have_text(hostile)
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    let_end(api, answer="A", prediction="A", explanation=hostile)
    view = api.answers["GET", ROUTE][1]
    view["progress"]["title"], view["steps"], view["settings"] = (
        hostile,
        [hostile, hostile],
        {hostile: hostile},
    )
    view["outcome"]["checks"][0] |= {"name": hostile, "claim": hostile, "detail": hostile}
    view["outcome"]["tables"][0] |= {
        "title": hostile,
        "columns": [hostile, "b"],
        "rows": [[hostile, 1]],
        "note": hostile,
    }
    view["problems"] = [{"phase": hostile, "detail": hostile, "next_step": hostile}]
    page.goto(f"{api.url}experiments.html#run={RUN}")
    expect(page.locator("#run .verdict-line")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 360
