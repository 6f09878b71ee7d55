"""The live tail: an order goes from pending to processed, and the list stays small."""

from __future__ import annotations

from browser.scenario import ENDS, offsets, order, worker_event
from playwright.sync_api import expect


def test_an_order_goes_from_pending_to_processed_by_its_position(visit, api):
    page = visit().page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    api.publish(
        "orders", {"orders": [order(1, 977, user="linus"), order(1, 979, user="linus")], "skipped": 0}
    )
    rows = page.locator("#orders tbody tr", has_text="linus")
    expect(rows).to_have_count(2)
    expect(rows.locator(".state")).to_contain_text(["pending", "pending"])
    handled = {"partition": 1, "first_offset": 975, "last_offset": 977, "count": 3}
    api.publish("worker", worker_event("records_handled", partitions=[handled]))

    expect(rows.nth(1)).to_contain_text("processed")
    expect(rows.nth(1)).to_contain_text("processor-1")
    expect(rows.nth(0)).to_contain_text("pending")


def test_a_missed_worker_event_heals_with_the_next_snapshot(visit, api):
    page = visit().page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    api.publish("orders", {"orders": [order(5, 1092)], "skipped": 0})
    row = page.locator("#orders tr[data-partition='5'][data-offset='1092']")
    expect(row).to_contain_text("pending")
    api.publish("offsets", offsets("2026-11-23T06:36:33.000Z", processed=ENDS))
    expect(row).to_contain_text("processed")


def test_a_dead_lettered_order_is_not_called_processed(visit, api):
    page = visit().page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    api.publish("orders", {"orders": [order(5, 1092)], "skipped": 0})
    row = page.locator("#orders tr[data-offset='1092']")
    handled = {"partition": 5, "first_offset": 1090, "last_offset": 1092, "count": 2, "dead_lettered": 1}
    api.publish("worker", worker_event("records_handled", partitions=[handled]))
    expect(row).to_contain_text("processed")
    letter = {"partition": 5, "offset": 1092, "reason": "qty is missing"}
    api.publish("worker", worker_event("record_dead_lettered", **letter))
    api.publish("offsets", offsets("2026-11-23T06:36:33.000Z", processed=ENDS))
    expect(page.locator("#orders tr[data-offset='1092']")).to_contain_text("dead-lettered")
    expect(page.locator("#worker-events li")).to_contain_text("partition 5, offset 1092: qty is missing")


def test_the_tail_keeps_a_hundred_rows_and_says_what_it_left_out(visit, api):
    page = visit().page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    for start in range(2000, 2400, 50):
        api.publish("orders", {"orders": [order(0, start + at) for at in range(50)], "skipped": 7})
    expect(page.locator("#orders tr[data-offset='2399']")).to_be_attached()
    expect(page.locator("#orders tbody tr")).to_have_count(100)
    expect(page.locator("#orders")).to_contain_text("Too fast to list all: 7 orders just now are not shown.")


def test_the_list_can_be_held_and_goes_on(visit, api):
    page = visit().page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    page.get_by_role("button", name="Hold the list").click()
    api.publish("orders", {"orders": [order(0, 3000)], "skipped": 0})
    button = page.get_by_role("button", name="Go on (1 new)")
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    button.click()
    expect(page.locator("#orders tbody tr")).to_have_count(13)
