"""What the panels say when there is nothing to show, and when something is broken."""

from __future__ import annotations

import pytest
from browser.scenario import load, offsets, order
from playwright.sync_api import expect

REFUSED = ("Failed to load resource", "net::ERR", "chart not drawn")
NOTHING = {"taken_at": "2026-11-23T06:36:32.000Z", "topics": [], "groups": []}


def test_every_panel_has_words_for_an_empty_system_and_a_next_step(visit, api):
    api.greeting[1:] = [("offsets", NOTHING), ("groups", {"groups": []})]
    api.answer("GET", "/stack", {"available": True, "workers": [], "abilities": ["scale", "kill", "pause"]})
    api.answer("GET", "/messages", {"messages": []})
    api.answer(
        "GET",
        "/stats",
        {"group_id": "analytics", "orders": 0, "quantity": 0, "top_items": [], "per_minute": []},
    )
    page = visit().page
    words = {
        "lag": ("No consumer group has read anything yet.", "playground scale processor 2"),
        "ownership": ("No consumer group exists yet.", "playground scale processor 2"),
        "lanes": ("No consumer group exists yet.", "playground scale processor 2"),
        "stack": ("No worker runs.", "playground scale processor 2"),
        "orders": ("No orders yet.", "Send one with the form"),
        "load": ("Off. No orders are being made.", "Start load"),
        "worker-events": ("No worker event yet.", "playground kill processor-1"),
        "analytics": ("Nothing counted yet.", "playground scale analytics 1"),
    }
    for panel, (title, step) in words.items():
        expect(page.locator(f"#{panel}")).to_contain_text(title)
        expect(page.locator(f"#{panel}")).to_contain_text(step)
    expect(page.locator(".chart:visible")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "panel"),
    [("/messages", "orders"), ("/stats", "analytics"), ("/load", "load"), ("/stack", "stack")],
)
def test_a_refused_request_shows_cause_and_next_step_and_can_be_repeated(visit, api, path, panel):
    good = api.answers["GET", path]
    api.refuse(
        "GET",
        path,
        503,
        "The database is locked",
        detail="Another process holds it.",
        next_step="Stop `sqlite3`.",
    )
    record = visit()
    record.expected = REFUSED
    place = record.page.locator(f"#{panel}")
    for words in ("The database is locked", "Another process holds it.", "Stop sqlite3."):
        expect(place.locator(".note[data-kind='error']")).to_contain_text(words)
    api.answers["GET", path] = good
    place.get_by_role("button", name="Try again").click()
    expect(place.locator(".note")).to_have_count(0)


def test_without_snapshots_the_lag_panel_asks_the_api_why(visit, api):
    api.greeting[1:] = []
    api.refuse("GET", "/offsets", 503, "The broker does not answer", next_step="Look at `playground status`.")
    record = visit()
    record.expected = REFUSED
    note = record.page.locator("#lag .note[data-kind='error']")
    expect(note).to_contain_text("The broker does not answer", timeout=15_000)
    expect(note).to_contain_text("playground status")
    api.publish("offsets", offsets())
    expect(note).to_have_count(0)


def test_a_strange_answer_breaks_one_panel_only(visit, api):
    record = visit()
    record.expected = ("panel ownership failed",)
    page = record.page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    api.publish("groups", {"groups": [{"group_id": "odd"}]})
    expect(page.locator("#ownership")).to_contain_text("This panel could not show what the API sent.")
    api.publish("orders", {"orders": [order(0, 4000)], "skipped": 0})
    expect(page.locator("#orders tbody tr")).to_have_count(13)


def test_charts_that_do_not_load_leave_the_tables(visit, api):
    api.refuse("GET", "/vendor/plotly.min.js", 404, "No such page")
    record = visit()
    record.expected = (*REFUSED, "Refused to execute", "MIME")
    page = record.page
    expect(page.locator("#lag .chart")).to_contain_text("The chart could not be drawn.")
    expect(page.locator("#lag .group").first.locator("tbody tr")).to_have_count(6)


def test_load_that_is_not_available_says_why(visit, api):
    api.answer("GET", "/load", load(available=False, why_not="This API runs in a cluster."))
    page = visit().page
    expect(page.locator("#load")).to_contain_text("This API runs in a cluster.")
    expect(page.locator("#load")).to_contain_text("playground load start")
    expect(page.locator("#load form")).to_be_hidden()


def test_load_that_may_only_be_looked_at_is_shown_without_a_form(visit, api):
    api.answer("GET", "/load", load(running=True, why_not="it is read only", next_step="Set `X=true`."))
    page = visit().page
    expect(page.locator("#load [role='status']")).to_have_text("● running")
    expect(page.locator("#load")).to_contain_text("It is read only")
    expect(page.locator("#load code")).to_have_text("X=true")
    expect(page.locator("#load form")).to_be_hidden()


def test_load_without_a_stack_says_why(visit, api):
    refusal = {"detail": "This API controls no workers.", "next_step": "Start it with `make run`."}
    api.refuse("GET", "/load", 501, "Not possible here", **refusal)
    record = visit()
    record.expected = REFUSED
    expect(record.page.locator("#load")).to_contain_text("This API controls no workers.")
    expect(record.page.locator("#load")).to_contain_text("Start it with make run.")
    expect(record.page.locator("#load form")).to_be_hidden()


def test_a_lost_api_is_told_with_the_reason_and_found_again(visit, api):
    record = visit()
    record.expected = REFUSED
    page = record.page
    state = page.locator("#connection")
    expect(state).to_contain_text("Live")
    api.stop()
    expect(state).to_contain_text("Reconnecting")
    expect(state).to_contain_text("The API does not answer.")
    expect(page.locator("#lag")).to_contain_text("these are the last known values")
    expect(state).to_contain_text("API gone", timeout=20_000)
    expect(state).to_contain_text("make run")

    api.answer("GET", "/messages", {"messages": [order(0, 1, user="after the restart")]})
    api.start()
    state.get_by_role("button", name="Try now").click()
    expect(state).to_contain_text("Live")
    expect(page.locator("#orders tbody tr")).to_have_count(1)
    expect(page.locator("#orders tbody tr")).to_contain_text("after the restart")
    expect(page.locator("#lag .stale")).to_be_hidden()
    expect(state.get_by_role("button")).to_be_hidden()


def test_a_page_reconnects_by_itself(visit, api):
    record = visit()
    record.expected = REFUSED
    state = record.page.locator("#connection")
    expect(state).to_contain_text("Live")
    api.stop()
    expect(state).to_contain_text("Reconnecting")
    api.start()
    expect(state).to_contain_text("Live")


def test_an_api_that_refuses_the_stream_is_quoted(visit, api):
    api.refuse("GET", "/events", 503, "Too many open pages")
    api.refuse("GET", "/healthz", 503, "Too many open pages", next_step="Close some.")
    record = visit()
    record.expected = REFUSED
    expect(record.page.locator("#connection")).to_contain_text("Too many open pages")
    expect(record.page.locator("#connection")).to_contain_text("Close some.")
    expect(record.page.locator("#connection")).to_contain_text("API gone", timeout=20_000)
    expect(record.page.locator(".note[data-kind='loading']")).to_have_count(0)
    for panel in ("lag", "ownership", "lanes", "orders", "load", "stack", "analytics"):
        expect(record.page.locator(f"#{panel}")).to_contain_text(
            "There is no data: the API is not reachable."
        )
