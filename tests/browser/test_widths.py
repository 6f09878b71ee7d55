"""Nothing is cut: the page of the API on a phone, the order's id beside its neighbours."""

from __future__ import annotations

import json

import pytest
from browser.scenario import order
from playwright.sync_api import expect

from api import described
from api.openapi import describe
from api.pages import ROUTES

# What stands outside of the window, or has to be scrolled sideways to be read.
CUT = """
() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
    || each.scrollWidth > each.clientWidth + 1)
  .filter((each) => getComputedStyle(each).display !== "inline" && !each.closest("thead"))
  .map((each) => `${each.tagName} ${each.textContent.slice(0, 40)}`)
"""


@pytest.mark.parametrize("width", [320, 360, 720, 1366])
def test_the_page_of_the_api_fits(visit, api, width):
    api.answer("GET", "/openapi.json", json.loads(json.dumps(describe([*described.ROUTES, *ROUTES]))))
    page = visit(viewport={"width": width, "height": 740}).page
    page.goto(api.url + "docs")
    expect(page.locator("#get_readyz")).to_be_visible()
    expect(page.locator("#schemas table").last).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(CUT) == []


def test_on_a_phone_every_cell_has_its_head(visit, api):
    api.answer("GET", "/openapi.json", json.loads(json.dumps(describe([*described.ROUTES, *ROUTES]))))
    page = visit(viewport={"width": 360, "height": 740}).page
    page.goto(api.url + "docs")
    row = page.get_by_role("row", name="Idempotency-Key")

    expect(row.get_by_role("cell").first).to_be_visible()
    heads = row.get_by_role("cell").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each, '::before').content)"
    )
    assert heads[:2] == ['"Name: "', '"In: "']


@pytest.mark.parametrize("width", [705, 760, 860, 960, 1085, 1240, 1270, 1350, 1366, 1920])
def test_the_id_of_an_order_is_never_cut(visit, api, width):
    """With the widest words a column can have, and the list's own scrollbar."""
    wide = {"user": "barbara", "item": "orange juice", "worker": "processor-12", "status": "processed"}
    letter = {**wide, "age_group": "senior", "age": 101, "qty": 10_000}
    orders = [order(5, 12_345_678 + at, **letter, order_id=4_503_599_626_999_999 - at) for at in range(100)]
    api.answer("GET", "/messages", {"messages": orders})
    page = visit(viewport={"width": width, "height": 900}).page
    expect(page.locator("#orders tbody tr")).to_have_count(100)

    region = page.locator("#orders .scroll")
    region.evaluate("(each) => { each.style.paddingRight = '16px'; }")  # headless pages show no scrollbars
    has, needs = region.evaluate("(each) => [each.clientWidth, each.scrollWidth]")

    expect(page.get_by_role("cell", name="4503599626999999")).to_be_visible()
    assert needs <= has
