"""The panel of owners over time, as it is drawn and as it is read aloud."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser.scenario import group, member, offsets, partitions, worker_event
from browser.test_access import PHONE
from browser.test_hostile_text import XSS
from playwright.sync_api import expect

from playground.waiting import wait_until

NOW = datetime(2026, 11, 23, 6, 36, 32, tzinfo=UTC)  # when the scenario's snapshot was taken
SPREAD = """
() => [...document.querySelectorAll("#lanes svg :is(rect, text):not(pattern *)")].map((each) => {
  const box = each.getBoundingClientRect();
  const all = document.querySelector("#lanes .lanes").getBoundingClientRect();
  return [box.left - all.left, all.right - box.right, each.textContent];
}).filter(([left, right]) => left < -1 || right < -1)
"""
# Begin and end of three shapes, in pixels and at one moment: the picture moves.
HANDOVER = """
() => ["rect.bar[data-member='processor-2'][data-place='orders 5']",
       "rect.bar[data-member='processor-3']", "rect.pause"].map((each) => {
  const box = document.querySelector(`#lanes ${each}`).getBBox();
  return [box.x, box.x + box.width];
})
"""
RECORD_DRAWINGS = """
() => {
  window.drawings = 0;
  new MutationObserver(() => (window.drawings += 1))
    .observe(document.querySelector("#lanes .lanes"), { attributeFilter: ["data-drawn"] });
}
"""


def ago(seconds):
    """The time so many seconds before the scenario's snapshot."""
    return (NOW - timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def say(seconds, name, event, *numbers, owned=(), **more):
    told = {"at": ago(seconds), "worker": name, "client_id": name, "partitions": partitions(list(numbers))}
    return worker_event(event, **told, owned=list(owned), **more)


def handover():
    """Two workers; then the second gives one of its partitions to a third, which takes it 1.25 s later."""
    return [
        say(50, "processor-1", "partitions_assigned", 0, 1, 2, owned=[0, 1, 2]),
        say(50, "processor-2", "partitions_assigned", 3, 4, 5, owned=[3, 4, 5]),
        say(20, "processor-2", "partitions_revoked", 5, owned=[3, 4]),
        say(18.75, "processor-3", "partitions_assigned", 5, owned=[5]),
    ]


def now_members(*more):
    first = [member("processor-1", [0, 1, 2]), member("processor-2", [3, 4]), member("processor-3", [5])]
    return {
        "groups": [group("order-processor", [*first, *more]), group("analytics", [member("counter-1", [0])])]
    }


def bars(page, name):
    return page.locator(f"#lanes .bar[data-member='{name}']")


@pytest.fixture
def handed_over(api):
    """An API whose history tells of the handover, and whose broker lists what came of it."""
    api.greeting[1:1] = [("history", {"events": handover()})]
    api.greeting[3] = ("groups", now_members())


def test_bars_pause_and_words_show_a_handover(visit, api, handed_over):
    page = visit().page
    expect(bars(page, "processor-1")).to_have_count(3)
    expect(bars(page, "processor-2")).to_have_count(3)
    expect(bars(page, "processor-3")).to_have_count(1)
    pause = page.locator("#lanes rect.pause")
    expect(pause).to_have_count(1)
    expect(pause.locator("title")).to_have_text(
        "p5: no owner for 1.3\u00a0s, from processor-2 to processor-3"
    )
    expect(page.locator("#lanes .length")).to_have_text("1.3\u00a0s")
    words = re.compile(r"^2 rebalances in the last 60 s; longest pause 1\.3\ss \(p5\)\.")
    expect(page.locator("#lanes [data-part='words']")).to_have_text(words)

    given, taken, between = page.evaluate(HANDOVER)
    assert abs(given[1] - between[0]) < 2
    assert abs(between[1] - taken[0]) < 2
    assert pause.evaluate("(each) => getComputedStyle(each).fill") == 'url("#no-owner")'
    expect(page.locator("#lanes text.clock").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(page.locator("#lanes text.clock", has_text="now")).to_have_count(1)


def test_each_partition_has_its_place_in_every_lane(visit, api, handed_over):
    page = visit().page
    given = bars(page, "processor-2").locator("nth=2").evaluate("(bar) => bar.getBBox().y")
    taken = bars(page, "processor-3").evaluate("(bar) => bar.getBBox().y")
    lanes = page.locator("#lanes .lives rect").evaluate_all("(all) => all.map((each) => each.getBBox().y)")
    assert given - lanes[1] == taken - lanes[2]
    rows = bars(page, "processor-2").evaluate_all("(all) => all.map((each) => each.getBBox().y)")
    assert rows == sorted(set(rows))


def test_the_same_is_in_a_table_and_in_a_name(visit, api, handed_over):
    page = visit().page
    chart = page.get_by_role("img", name="Owners of the partitions of order-processor in the last 60 s")
    expect(chart).to_have_accessible_name(re.compile("processor-1, processor-2, processor-3"))
    page.get_by_text("The lanes as a table").click()
    rows = page.locator("#lanes table tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.first).to_have_text(re.compile(r"p5processor-3\d\d:\d\d:13now$"))
    given = page.locator("#lanes table tr", has_text="gave it back")
    expect(given).to_have_text(re.compile(r"p5processor-2.*gave it back1\.3\ss"))


def test_live_events_move_the_lanes_and_a_killed_member_ends(visit, api, handed_over):
    page = visit().page
    expect(bars(page, "processor-3")).to_have_count(1)
    api.publish("offsets", offsets(ago(-10)))
    rest = [member("processor-1", [0, 1, 2]), member("processor-2", [3, 4])]
    api.publish("groups", {"groups": [group("order-processor", rest)]})
    expect(page.locator("#lanes [data-part='words']")).to_contain_text("(p5, still without owner)")
    expect(bars(page, "processor-3").locator("title")).to_have_text(re.compile("ended without a word$"))
    expect(page.locator("#lanes rect.pause[data-member='processor-3'] title")).to_have_text(
        re.compile("^p5: no owner since")
    )
    api.publish("worker", say(-10.5, "processor-1", "partitions_assigned", 5, owned=[0, 1, 2, 5]))
    expect(page.locator("#lanes [data-part='words']")).not_to_contain_text("still without owner")
    expect(page.locator("#lanes rect.pause[data-member='processor-3'] title")).to_have_text(
        re.compile("no owner for about .* from processor-3, which ended without a word, to processor-1$")
    )
    expect(bars(page, "processor-1")).to_have_count(4)


def test_a_page_opened_late_shows_the_owners_of_now_and_says_what_it_does_not_know(visit, api):
    page = visit().page
    api.publish("offsets", offsets(ago(-5)))  # some time later
    expect(bars(page, "processor-1")).to_have_count(3)
    expect(bars(page, "processor-1").first.locator("title")).to_have_text(
        re.compile("^p0: processor-1, since ")
    )
    expect(page.locator("#lanes [data-part='words']")).to_contain_text("No rebalance in the last 60 s")
    expect(page.locator("#lanes [data-part='words']")).to_contain_text(
        re.compile(r"What was before \d\d:\d\d:32 is not known here")
    )


def test_an_idle_member_has_an_empty_lane(visit, api):
    api.greeting[2] = ("groups", now_members(member("processor-12", [])))
    page = visit().page
    expect(page.locator("#lanes .name title")).to_have_text(
        ["processor-1", "processor-2", "processor-3", "processor-12"]
    )
    expect(page.locator("#lanes .idle")).to_have_text("idle")
    expect(bars(page, "processor-12")).to_have_count(0)


def test_group_and_time_can_be_chosen(visit, api, handed_over):
    page = visit().page
    expect(page.get_by_label("Consumer group")).to_have_value("order-processor")
    page.get_by_role("radio", name="30 s").check(force=True)
    expect(page.locator("#lanes [data-part='words']")).to_contain_text("1 rebalance in the last 30 s")
    page.get_by_role("radio", name="10 min").check(force=True)
    expect(page.locator("#lanes [data-part='words']")).to_contain_text("2 rebalances in the last 10 min")
    page.get_by_label("Consumer group").select_option("analytics")
    expect(page.locator("#lanes .name title")).to_have_text(["counter-1"])
    expect(bars(page, "counter-1")).to_have_count(1)


def test_names_stay_text_and_break_nothing(visit, api):
    api.greeting[2] = (
        "groups",
        {"groups": [group("order-processor", [member(text, [at]) for at, text in enumerate(XSS)])]},
    )
    page = visit().page
    expect(page.locator("#lanes rect.bar")).to_have_count(len(XSS))
    titles = page.locator("#lanes .name title").evaluate_all("(all) => all.map((each) => each.textContent)")
    assert sorted(titles) == sorted(XSS)
    api.publish("groups", {"groups": [group(text, [member(text, [0])]) for text in XSS]})
    expect(page.get_by_label("Consumer group").locator("option")).to_have_count(len(XSS) + 1)
    for text in XSS:
        page.get_by_label("Consumer group").select_option(text)
        expect(bars(page, "never")).to_have_count(0)
        expect(page.locator("#lanes rect.bar")).to_have_count(1)
    assert page.locator("#lanes :is(script, img, iframe, style, a, h1, [onload], [onerror])").count() == 0
    page.get_by_text("The lanes as a table").click()
    expect(page.locator("#lanes table")).to_contain_text(XSS[-1])


@pytest.mark.parametrize("width", [320, 375, 720, 1100, 1366, 1920])
@pytest.mark.parametrize("number", [6, 12])
def test_the_lanes_fit(visit, api, handed_over, width, number):
    every = [*range(number)]
    members = [
        member("processor-1", every[::2]),
        member("a-worker-with-a-very-long-name-indeed-" + "x" * 60, every[1::2]),
    ]
    api.greeting[3] = ("groups", {"groups": [group("order-processor", members), group("g" * 90, members)]})
    options = (
        {**PHONE, "viewport": {"width": width, "height": 740}}
        if width < 700
        else {"viewport": {"width": width, "height": 900}}
    )
    page = visit(**options).page
    expect(page.locator("#lanes rect.bar").nth(number - 1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(SPREAD) == []
    page.get_by_label("Consumer group").select_option("g" * 90)
    expect(page.locator("#lanes rect.bar")).to_have_count(number)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_edge_of_now_moves_a_few_times_a_second_and_in_steps_for_the_calm(visit, api, handed_over):
    moving, calm = visit().page, visit(reduced_motion="reduce").page
    for page in (moving, calm):
        expect(bars(page, "processor-3")).to_have_count(1)
        page.evaluate(RECORD_DRAWINGS)
    before = float(bars(moving, "processor-3").get_attribute("width"))
    wait_until(lambda: moving.evaluate("window.drawings") >= 8, "eight drawings", 20)
    assert float(bars(moving, "processor-3").get_attribute("width")) > before
    assert calm.evaluate("window.drawings") <= 1
    for step in range(40):
        api.publish("worker", say(0, "processor-1", "partitions_assigned", 0, owned=[0, 1, 2], n=step))
    moving.evaluate("window.drawings = 0; window.begun = performance.now()")
    wait_until(lambda: moving.evaluate("window.drawings") >= 4, "four drawings", 20)
    assert moving.evaluate("performance.now() - window.begun") > 4 * 250 - 300


def test_without_connection_the_edge_stands_still(visit, api, handed_over):
    record = visit()
    record.expected = ("Failed to load resource", "net::ERR", "chart not drawn")
    page = record.page
    expect(bars(page, "processor-3")).to_have_count(1)
    api.stop()
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    page.evaluate(RECORD_DRAWINGS)
    wait_until(lambda: page.evaluate("window.drawings") >= 1, "a drawing", 20)
    before = bars(page, "processor-3").get_attribute("width")
    wait_until(lambda: page.evaluate("window.drawings") >= 4, "four drawings", 20)
    assert bars(page, "processor-3").get_attribute("width") == before
