"""The order form and the load form."""

from __future__ import annotations

import pytest
from browser.scenario import load
from playwright.sync_api import expect

REFUSED = ("Failed to load resource",)
WRITTEN = {
    "order_id": 1_000_000_000_000_001,
    "topic": "orders",
    "partition": 4,
    "offset": 1187,
    "timestamp": "2026-11-23T06:36:32.123Z",
}


def fill(page, **fields):
    for name, value in fields.items():
        page.locator(f"#order-{name}").fill(value)


def test_an_order_is_sent_and_its_place_is_shown(visit, api):
    api.answer("POST", "/produce", WRITTEN, 201)
    page = visit().page
    fill(page, user="ada", item="flat white", qty="3", age="36")
    page.get_by_label("Message key").first.select_option("item")
    page.get_by_role("button", name="Send order").click()

    expect(page.locator("#order-form [role='status']")).to_contain_text("Written: partition 4, offset 1187")
    [seen] = api.sent("POST", "/produce")
    assert seen.body == {"user": "ada", "item": "flat white", "qty": 3, "age": 36}
    assert seen.query == "key=item"
    assert seen.headers["Content-Type"] == "application/json"


def test_a_refused_field_is_marked_in_place_and_gets_the_focus(visit, api):
    refusal = {"detail": "qty must be a whole number from 1 to 1000", "field": "qty"}
    api.refuse("POST", "/produce", 422, "Order refused", **refusal)
    record = visit()
    record.expected = REFUSED
    page = record.page
    fill(page, user="ada", item="tea", qty="many")
    page.get_by_role("button", name="Send order").click()

    qty = page.locator("#order-qty")
    expect(qty).to_be_focused()
    expect(qty).to_have_attribute("aria-invalid", "true")
    expect(qty).to_have_accessible_description("✕ qty must be a whole number from 1 to 1000")
    expect(page.locator("#order-form .note")).to_have_count(0)
    assert api.sent("POST", "/produce")[0].body == {"user": "ada", "item": "tea", "qty": "many"}
    qty.fill("2")
    expect(page.locator("#order-form .error")).to_have_count(0)
    expect(qty).not_to_have_attribute("aria-invalid", "true")


def test_several_refused_fields_are_all_marked_and_the_first_gets_the_focus(visit, api):
    errors = [{"field": "qty", "detail": "qty is missing"}, {"field": "user", "detail": "user is missing"}]
    api.refuse("POST", "/produce", 422, "Order refused", errors=errors)
    record = visit()
    record.expected = REFUSED
    record.page.get_by_role("button", name="Send order").click()
    expect(record.page.locator("#order-form .error")).to_have_text(["user is missing", "qty is missing"])
    expect(record.page.locator("#order-user")).to_be_focused()


def test_a_missing_age_group_is_told_at_the_age_it_comes_from(visit, api):
    refusal = {
        "detail": "age_group: is the key (?key=age_group): give age or age_group",
        "field": "age_group",
    }
    api.refuse("POST", "/produce", 422, "The order is not valid", **refusal)
    record = visit()
    record.expected = REFUSED
    fill(record.page, user="ada", item="tea")
    record.page.locator("#order-key").select_option("age_group")
    record.page.get_by_role("button", name="Send order").click()
    expect(record.page.locator("#order-age")).to_be_focused()
    expect(record.page.locator("#order-form .error")).to_have_text(refusal["detail"])


def test_a_refusal_does_not_repeat_the_name_of_its_field(visit, api):
    api.refuse("POST", "/produce", 422, "Order refused", detail="qty: Expected int >= 1", field="qty")
    record = visit()
    record.expected = REFUSED
    record.page.get_by_role("button", name="Send order").click()
    expect(record.page.locator("#order-form .error")).to_have_text("Expected int >= 1")


def test_a_problem_without_a_field_stands_below_the_form(visit, api):
    api.refuse(
        "POST",
        "/produce",
        503,
        "The broker does not answer",
        next_step="Wait, or look at `playground status`.",
    )
    record = visit()
    record.expected = REFUSED
    fill(record.page, user="ada", item="tea")
    record.page.get_by_role("button", name="Send order").click()
    alert = record.page.locator("#order-form [role='alert']")
    expect(alert).to_contain_text("The broker does not answer")
    expect(alert).to_contain_text("playground status")
    expect(record.page.locator("#order-user")).to_have_value("ada")


def test_repeating_the_same_draft_is_one_order_and_a_changed_one_is_another(visit, api):
    api.refuse("POST", "/produce", 503, "The broker does not answer")
    record = visit()
    record.expected = REFUSED
    page = record.page
    button = page.get_by_role("button", name="Send order")
    fill(page, user="ada", item="tea")
    for sent in (1, 2):
        button.click()
        expect(page.locator("#order-form .note")).to_be_visible()
        assert len(api.sent("POST", "/produce")) == sent
    fill(page, qty="5")
    api.answer("POST", "/produce", WRITTEN, 201)
    for _ in range(2):
        button.click()
        expect(page.locator("#order-form [role='status']")).to_contain_text("Written")
        expect(button).not_to_have_attribute("aria-disabled", "true")

    keys = [seen.headers["Idempotency-Key"] for seen in api.sent("POST", "/produce")]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_load_is_started_shows_its_progress_and_is_stopped(visit, api):
    settings = {
        "rate": 50,
        "key": "item",
        "users": 50,
        "items": 12,
        "burst_every_seconds": 0,
        "burst_size": 0,
    }
    progress = {"sent": 1200, "accepted": 1198, "rejected": 2, "rate": 49.8}
    api.answer("POST", "/load", load(running=True, settings=settings))
    api.answer("DELETE", "/load", load(progress=progress))
    page = visit().page
    panel = page.locator("#load")
    panel.get_by_label("Orders per second").fill("50")
    panel.get_by_label("Message key").select_option("item")
    panel.get_by_role("button", name="Start load").click()
    expect(panel).to_contain_text("running")
    expect(panel.get_by_role("button", name="Change load")).to_be_visible()
    assert api.sent("POST", "/load")[0].body == {"rate": 50, "key": "item", "users": 50, "items": 12}
    api.publish(
        "worker", {"at": "2026-11-23T06:36:32.123Z", "event": "load_progress", "worker": "load-1", **progress}
    )
    expect(panel).to_contain_text("50 orders/s · sent 1,200 · accepted 1,198 · rejected 2")

    panel.get_by_role("button", name="Stop load").click()
    expect(panel).to_contain_text("Off. Sent 1,200, accepted 1,198.")


@pytest.mark.parametrize("field", ["rate", "users", "items"])
def test_a_refused_load_setting_is_marked_in_place(visit, api, field):
    api.refuse("POST", "/load", 422, "Load refused", detail=f"{field} is too large", field=field)
    record = visit()
    record.expected = REFUSED
    record.page.get_by_role("button", name="Start load").click()
    expect(record.page.locator(f"#load-{field}")).to_be_focused()
    expect(record.page.locator("#load .error")).to_have_text(f"{field} is too large")
