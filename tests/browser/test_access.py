"""For every person: phone, keyboard, dark, high contrast, less motion."""

from __future__ import annotations

import re

import pytest
from browser.scenario import order
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LEAST_CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const box = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !box.checkVisibility()) continue;
    if (box.closest(".hidden, svg, noscript, .symbol, option")) continue;
    const [a, b] = [light(rgba(getComputedStyle(box).color)), light(ground(box))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), walk.currentNode.data.trim()]);
  }
  return found.sort((one, other) => one[0] - other[0])[0];
}
"""

# Radio buttons of one group are one stop.
NUMBER_CONTROLS = """
() => [...document.querySelectorAll("main :is(a, button, input, select, summary, [tabindex='0'])")]
  .filter((control) => control.checkVisibility() && (control.type !== "radio" || control.checked))
  .map((control, index) => (control.dataset.walk = `${index} ${control.outerHTML.slice(0, 60)}`))
"""
FOCUSED = """
() => {
  const control = document.activeElement;
  const drawn = control.type === "radio" ? control.nextElementSibling : control;
  return [control.dataset.walk ?? null, getComputedStyle(drawn).outlineStyle !== "none"];
}
"""
CONTROL_HEIGHTS = """
() => [...document.querySelectorAll("button, input[type=text], select")]
  .filter((control) => control.checkVisibility()).map((control) => control.offsetHeight)
"""


def long_order(at):
    return order(0, 6000 + at, user="u" * 64, item="looooooong" * 12, age_group="senior", qty=1000)


@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_needs_no_sideways_scroll(visit, api, width):
    api.answer("GET", "/messages", {"messages": [long_order(at) for at in range(5)]})
    record = visit(**{**PHONE, "viewport": {"width": width, "height": 740}})
    page = record.page
    page.wait_for_selector("#lag .chart[data-drawn]")
    page.wait_for_selector("#analytics [data-part='minutes'][data-drawn]")
    event = {
        "at": "2026-11-23T06:36:32.123Z",
        "event": "record_dead_lettered",
        "reason": "x" * 200,
        "worker": "w" * 90,
    }
    api.publish("worker", event)
    expect(page.locator("#worker-events li")).to_have_count(1)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    rights = page.evaluate(
        "[...document.querySelectorAll('.panel')].map((box) => box.getBoundingClientRect().right)"
    )
    assert max(rights) <= width


def test_phone_controls_are_large_enough_for_a_finger(visit, api):
    page = visit(**PHONE).page
    expect(page.locator("#load form")).to_be_visible()
    heights = page.evaluate(CONTROL_HEIGHTS)
    assert min(heights) >= 32


def test_the_keyboard_reaches_everything_and_leaves_again(visit, api):
    page = visit().page
    page.wait_for_selector("#analytics [data-part='minutes'][data-drawn]")
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    page.locator("#stream-tables").scroll_into_view_if_needed()  # it is filled when it is looked at
    expect(page.locator("#stream-tables tbody tr")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the panels")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    wanted = set(page.evaluate(NUMBER_CONTROLS))
    reached, unseen = set(), []
    while wanted - reached and len(reached) <= len(wanted):
        page.keyboard.press("Tab")
        number, shown = page.evaluate(FOCUSED)
        assert number is not None, f"the focus left the panels before it reached {wanted - reached}"
        assert number not in reached, f"the focus came back to {number}: a trap"
        reached.add(number)
        if not shown:
            unseen.append(number)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="API documentation")).to_be_focused()
    assert unseen == [], "focus must be visible"


def test_an_order_can_be_sent_with_the_keyboard_alone(visit, api):
    written = {
        "order_id": 1,
        "topic": "orders",
        "partition": 0,
        "offset": 9,
        "timestamp": "2026-11-23T06:36:32.123Z",
    }
    api.answer("POST", "/produce", written, 201)
    page = visit().page
    page.locator("#order-user").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("tea")
    page.keyboard.press("Enter")
    expect(page.locator("#order-form [role='status']")).to_contain_text("offset 9")
    expect(page.locator("#order-item")).to_be_focused()


def test_every_control_region_and_panel_has_a_name(visit, api):
    page = visit().page
    expect(page.locator("#load form")).to_be_visible()
    expect(page.locator("#lag .chart")).to_have_attribute(
        "aria-label", "Lag per partition. In total: order-processor 19, analytics 0."
    )
    for element in page.locator("main :is(input, select, button, section, [role=region]):visible").all():
        expect(element).to_have_accessible_name(re.compile("."))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(visit, api, scheme):
    api.refuse("POST", "/produce", 422, "Order refused", detail="qty is missing", field="qty")
    record = visit(color_scheme=scheme)
    record.expected = ("Failed to load resource",)
    page = record.page
    expect(page.locator("#orders tbody tr")).to_have_count(12)
    page.get_by_role("button", name="Send order").click()
    expect(page.locator("#order-form .error")).to_be_visible()
    api.publish("orders", {"orders": [order(1, 999)], "skipped": 3})
    expect(page.locator("#orders tbody tr")).to_have_count(13)
    ratio, text = page.evaluate(LEAST_CONTRAST)
    assert ratio >= 4.5, text


def test_dark_recolours_the_charts_at_once(visit, api):
    page = visit(color_scheme="light").page
    bar = page.locator("#lag .chart .point path").first
    page.wait_for_selector("#lag .chart[data-drawn]")
    expect(bar).to_have_css("stroke", "rgb(37, 99, 171)")
    page.emulate_media(color_scheme="dark")
    expect(bar).to_have_css("stroke", "rgb(110, 168, 242)")
    expect(page.locator("body")).to_have_css("background-color", "rgb(16, 21, 28)")


def test_less_motion_stops_the_animation(visit, api):
    record = visit(reduced_motion="reduce")
    record.expected = ("Failed to load resource", "net::ERR", "chart not drawn")
    expect(record.page.locator("#connection")).to_contain_text("Live")
    api.stop()
    expect(record.page.locator("#connection")).to_contain_text("Reconnecting")
    expect(record.page.locator("#connection .symbol")).to_have_css("animation-name", "none")
