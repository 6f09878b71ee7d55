"""The panel of streaming SQL: a table at a time, live while it is looked at."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

from browser.scenario import STREAM_TABLES, counted, stream_rows
from playwright.sync_api import expect

LIVE = "/stream-table/live"
MINUTE = 60_000


def panel(page):
    """In sight: only then is a table followed. Scrolled to when the panels above it have their height."""
    page.wait_for_selector("#analytics [data-part='minutes'][data-drawn]")
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    found = page.locator("#stream-tables")
    found.scroll_into_view_if_needed()
    return found


def window(item: str, start: int, orders: int, size: int = MINUTE, count: str = "count") -> dict[str, Any]:
    return {"item": item, "windowstart": start, "windowend": start + size, count: orders}


def this_minute() -> int:
    now = int(time.time() * 1000)
    return now - now % MINUTE


def follow(api, record, table, rows):
    """Choose another table, whose stream then says these rows."""
    shown = panel(record.page)
    expect(drawn(shown)).to_have_count(2)
    api.table_greeting = [("rows", stream_rows(table, rows))]
    shown.get_by_role("radio", name=table).check(force=True)
    return shown


def drawn(shown, times=1):
    expect(shown.locator(".chart")).to_have_attribute("data-drawn", str(times))
    return shown.locator(".chart .bars .point")


def test_a_table_with_its_statement_and_who_answers(visit, api):
    shown = panel(visit().page)
    expect(shown.locator("tbody tr")).to_have_text(["espresso412824", "tea918"])
    expect(shown.locator("thead")).to_have_text("itemtotalquantity")
    expect(shown.locator("pre")).to_contain_text("CREATE TABLE IF NOT EXISTS item_count AS\n  SELECT item;")
    expect(shown.locator("header")).to_contain_text("answered by the analytics group")
    expect(drawn(shown)).to_have_count(2)
    expect(shown.locator(".chart")).to_have_attribute("aria-label", "Largest total: espresso 412, tea 9.")


def test_ksqldb_is_named_when_it_answers(visit, api):
    api.answer("GET", "/stream-table", {"engine": "ksqldb", "tables": list(STREAM_TABLES)})
    expect(panel(visit().page).locator("header")).to_contain_text("answered by ksqlDB")


def test_changes_move_the_rows_and_are_marked(visit, api):
    shown = panel(visit().page)
    expect(shown.locator("tbody tr")).to_have_count(2)
    now = "2026-11-23T06:36:33.000Z"
    more = [{"item": "tea", "total": 500, "quantity": 1000}, {"item": "juice", "total": 1, "quantity": 1}]
    api.publish("changes", {"rows": more, "gone": [], "taken_at": now}, LIVE)
    expect(shown.locator("tbody tr")).to_have_text(["tea5001,000", "espresso412824", "juice11"])
    expect(shown.locator("tr[data-fresh]")).to_have_count(2)
    api.publish("changes", {"rows": [], "gone": [["juice"]], "taken_at": now}, LIVE)
    expect(shown.locator("tbody tr")).to_have_text(["tea5001,000", "espresso412824"])


def test_tumbling_windows_lie_side_by_side(visit, api):
    start = this_minute()
    rows = [window("tea", start - MINUTE, 3), window("tea", start, 5), window("cake", start, 2)]
    shown = follow(api, visit(), "orders_per_min", rows)

    expect(shown.locator("tbody tr")).to_have_count(3)
    expect(shown.locator("tbody tr").first).to_contain_text("tea")
    expect(drawn(shown, 2)).to_have_count(4)  # two items in two windows, one of them nothing
    assert shown.locator(".shapelayer path").count() >= 2  # around the window that is open
    expect(shown).to_contain_text("Tumbling windows of 1 minute: each order counts in one.")
    [asked] = [parse_qs(each.query) for each in api.sent("GET", LIVE) if "orders_per_min" in each.query]
    assert 0 < start + MINUTE - int(asked["from"][0]) <= 21 * MINUTE


def test_hopping_windows_overlap(visit, api):
    start = this_minute()
    rows = [window("tea", start - at * MINUTE, 10 - at, 5 * MINUTE, "orders") for at in range(7)]
    shown = follow(api, visit(), "item_trend", rows)

    expect(drawn(shown, 2)).to_have_count(7)
    expect(shown).to_contain_text("they overlap, and each order counts in 5")
    boxes = [each.bounding_box() for each in drawn(shown, 2).all()]
    assert len({round(box["y"]) for box in boxes}) == 5  # lanes
    lefts = sorted(box["x"] for box in boxes)
    assert lefts[1] < lefts[0] + min(box["width"] for box in boxes), "the second begins before the first ends"


def test_a_window_that_changes_after_its_end_is_told(visit, api):
    start = this_minute() - 5 * MINUTE
    shown = follow(api, visit(), "orders_per_min", [window("tea", start, 3)])
    expect(shown.locator("tbody tr")).to_have_count(1)
    late = shown.locator("[data-part='late']")
    assert late.inner_text() == ""
    taken_at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    current = {"rows": [window("tea", this_minute(), 1)], "gone": [], "taken_at": taken_at}
    api.publish("changes", current, LIVE)
    expect(shown.locator("tbody tr")).to_have_count(2)
    assert late.inner_text() == ""
    api.publish("changes", {**current, "rows": [window("tea", start, 4)]}, LIVE)
    expect(late).to_contain_text("changed although over")


def test_a_problem_is_told_and_goes_when_rows_come(visit, api):
    shown = panel(visit().page)
    expect(shown.locator("tbody tr")).to_have_count(2)
    problem = {
        "title": "ksqlDB is not available",
        "detail": "item_count is being made",
        "next_step": "wait a little",
    }
    api.publish("problem", problem, LIVE)
    expect(shown.locator(".note")).to_contain_text("ksqlDB is not available")
    expect(shown.locator(".note")).to_contain_text("Wait a little")
    expect(shown.locator("tbody tr")).to_have_count(2)
    api.publish("rows", counted(), LIVE)
    expect(shown.locator(".note")).to_have_count(0)


def test_a_refused_stream_says_why_and_is_tried_again(visit, api):
    api.refuse("GET", LIVE, 503, "ksqlDB is not available")
    api.answer("GET", "/stream-table?table=item_count", counted())
    record = visit()
    record.expected = ("Failed to load resource",)
    shown = panel(record.page)
    expect(shown.locator("tbody tr")).to_have_count(2)  # the question without a stream was answered
    api.refuse("GET", "/stream-table", 503, "ksqlDB is not available", detail="it is starting")
    shown.get_by_role("radio", name="item_trend").check(force=True)
    expect(shown.locator(".note")).to_contain_text("It is starting")

    api.table_greeting = [
        ("rows", stream_rows("item_trend", [window("tea", this_minute(), 1, count="orders")]))
    ]
    del api.answers["GET", LIVE]
    expect(shown.locator("tbody tr")).to_have_count(1, timeout=20_000)
    expect(shown.locator(".note")).to_have_count(0)


def test_an_empty_table_says_what_to_do(visit, api):
    api.table_greeting = [("rows", stream_rows("item_count", []))]
    shown = panel(visit().page)
    expect(shown.locator(".note")).to_contain_text("No rows yet.")
    api.publish("rows", counted(), LIVE)
    expect(shown.locator("tbody tr")).to_have_count(2)


def test_items_are_text_and_never_markup(visit, api):
    hostile = "<img src=x onerror=alert(1)>%{x}"
    api.table_greeting = [
        ("rows", stream_rows("item_count", [{"item": hostile, "total": 1, "quantity": None}]))
    ]
    shown = panel(visit().page)
    expect(shown.locator("tbody td").first).to_have_text(hostile)
    expect(shown.locator("tbody td").last).to_have_text("null")
    expect(drawn(shown)).to_have_count(1)
    assert shown.locator("img").count() == 0


def test_a_table_is_followed_only_while_it_is_looked_at(visit, api):
    """Each stream keeps one of the six connections that a browser makes to a host."""
    page = visit(viewport={"width": 1366, "height": 700}).page
    expect(page.locator("#lag .chart")).to_have_attribute("data-drawn", "1")
    expect(page.locator("#stream-tables [role='status'], #stream-tables .switch label")).not_to_have_count(0)
    assert api.sent("GET", LIVE) == []
    panel(page)
    expect(page.locator("#stream-tables tbody tr")).to_have_count(2)
    assert len(api.sent("GET", LIVE)) == 1
