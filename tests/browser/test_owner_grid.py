"""The grid of owners shows every partition at once, on a desktop and on a phone."""

from __future__ import annotations

import pytest
from browser.scenario import group, member, partitions
from playwright.sync_api import expect

OVERFLOWS = """
() => [...document.querySelectorAll("#ownership .scroll")].map((box) => box.scrollWidth - box.clientWidth)
"""
CUT_HEADS = """
() => [...document.querySelectorAll("#ownership thead th.cell")]
  .filter((head) => head.scrollWidth > head.clientWidth).map((head) => head.textContent)
"""


@pytest.mark.parametrize("number", [6, 12])
@pytest.mark.parametrize("width", [375, 1100, 1366, 1400])
def test_every_partition_is_in_sight(visit, api, width, number):
    every = list(range(number))
    members = [member("processor-1", every[::2]), member("processor-2-with-a-long-name", every[1::2])]
    groups = [group("order-processor", members), group("analytics", [member("analytics-1", every)])]
    api.greeting[2] = ("groups", {"groups": groups})
    page = visit(viewport={"width": width, "height": 900}).page

    expect(page.locator("#ownership thead th.cell")).to_have_count(2 * number)
    assert page.evaluate(OVERFLOWS) == [0, 0]
    assert page.evaluate(CUT_HEADS) == []


def test_a_shortened_member_is_named_in_full_on_request(visit, api):
    long = member("a-worker-with-a-name-that-does-not-fit", [0, 1])
    api.greeting[2] = ("groups", {"groups": [group("order-processor", [long])]})
    head = visit().page.locator("#ownership tbody th.member").first
    expect(head).to_have_attribute("title", f"{long['client_id']} {long['member_id']}")


def test_names_with_their_topic_can_be_reached_by_scrolling(visit, api):
    two = [*partitions([*range(12)]), *({**each, "topic": "returns"} for each in partitions([*range(12)]))]
    both = {**member("processor-1", []), "assignment": two}
    api.greeting[2] = ("groups", {"groups": [group("order-processor", [both])]})
    page = visit(viewport={"width": 1366, "height": 900}).page
    expect(page.locator("#ownership thead th.cell")).to_have_count(24)
    assert page.evaluate(CUT_HEADS) == []
    assert page.evaluate(OVERFLOWS)[0] > 0
