"""The page of experiments for every person: phone, keyboard, dark, names of what can be used."""

from __future__ import annotations

import re

import pytest
from browser.experiment_scenario import RUN, let_end, let_run, script_experiments
from browser.test_access import CONTROL_HEIGHTS, LEAST_CONTRAST, NUMBER_CONTROLS, PHONE
from playwright.sync_api import expect

from playground.waiting import wait_until

FOCUSED = """
() => [document.activeElement.dataset.walk ?? null,
       getComputedStyle(document.activeElement).outlineStyle !== "none"]
"""
ADDRESSES = ["#experiment=rebalance", f"#run={RUN}"]


@pytest.fixture
def look(visit, api):
    """Open the page at an address; what it is about is there when this returns."""
    script_experiments(api)
    let_end(api)

    def open_page(address, **options):
        record = visit(**options)
        page = record.page
        page.goto(f"{api.url}experiments.html{address}")
        if address.startswith("#run"):
            expect(page.locator("#run .checks")).to_be_visible()
            expect(page.locator("#run .lanes .bar").first).to_be_visible()
            page.locator("summary", has_text="The lanes as a table").click()
        else:
            page.locator("summary", has_text="Settings").click()
        expect(page.locator("#runs li")).to_have_count(1)
        return page

    return open_page


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("width", [320, 360, 800])
def test_nothing_needs_a_sideways_scroll(look, width, address):
    page = look(address, **{**PHONE, "viewport": {"width": width, "height": 740}})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    rights = page.evaluate(
        "[...document.querySelectorAll('.panel')].map((box) => box.getBoundingClientRect().right)"
    )
    assert max(rights) <= width
    assert min(page.evaluate(CONTROL_HEIGHTS), default=32) >= 32


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(look, scheme, address):
    page = look(address, color_scheme=scheme)
    ratio, text = page.evaluate(LEAST_CONTRAST)
    assert ratio >= 4.5, text


@pytest.mark.parametrize("address", ADDRESSES)
def test_everything_that_can_be_used_has_a_name_and_the_keyboard_reaches_it(look, address):
    page = look(address)
    for element in page.locator("main :is(input, select, button, section, [role=region]):visible").all():
        expect(element).to_have_accessible_name(re.compile("."))

    page.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    page.keyboard.press("Enter")
    wanted = set(page.evaluate(NUMBER_CONTROLS))
    reached, unseen = set(), []
    for _ in wanted:
        page.keyboard.press("Tab")
        number, shown = page.evaluate(FOCUSED)
        reached.add(number)
        unseen += [] if shown else [number]
    assert wanted <= reached
    assert unseen == [], "focus must be visible"


def test_the_lanes_are_also_a_table(look):
    page = look(f"#run={RUN}")
    rows = page.locator("#run [data-part='table'] tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.first).to_contain_text("processor-2")
    expect(rows.last).to_contain_text("processor-1")


def test_a_step_is_announced_and_the_seconds_are_not(look, api, visit):
    let_run(api)
    page = visit().page
    page.goto(f"{api.url}experiments.html#run={RUN}")
    expect(page.locator("#run [role='status']")).to_have_text("Step 2 of 2: scale to 8.")
    assert page.locator("#run [role='status']").locator("dl").count() == 0


def test_the_link_that_skips_to_the_contents_keeps_what_is_shown(look, api):
    page = look(f"#run={RUN}")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    asked = len(api.sent("GET", "/runs"))
    api.publish("hello", {"version": "0.1.0", "taken_at": "now"})
    wait_until(lambda: len(api.sent("GET", "/runs")) > asked, "the lists to be asked for again", 10)
    expect(page.locator("#version")).to_have_text("Version 0.1.0")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#run")).to_be_visible()
    expect(page.locator("#experiment")).to_be_hidden()
