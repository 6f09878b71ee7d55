"""Orders may carry anything: it stays text, the policy holds, and nothing leaves the machine."""

from __future__ import annotations

import pytest
from browser.scenario import (
    ENDS,
    PROCESSED,
    group,
    group_offsets,
    groups,
    member,
    offsets,
    order,
    stats,
    worker_event,
)
from playwright.sync_api import expect

XSS = [
    "<b>bold</b><br>line",  # plotly knows these tags
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>free espresso</a>",
    "'-alert(1)-'",
    "</td></tr></table><h1>gone</h1>",
    "<style>*{display:none}</style>",
    "&lt;b&gt;twice&lt;/b&gt;",
    "{{7*7}}${7*7}%{y}%{x}",
    "\u202ereversed\u202c \u2066isolated\u2069",
    "w" * 64,
]


@pytest.mark.parametrize("where", ["stream", "database"])
def test_what_an_order_carries_stays_text(visit, api, where):
    age = {"age": None}
    hostile = [
        order(0, 5000 + at, user=text, item=text, age_group=text, **age) for at, text in enumerate(XSS)
    ]
    top = [{"item": text, "orders": 100 - at, "quantity": 1} for at, text in enumerate(XSS)]
    minute = [{"minute": "2026-11-23T06:30:00Z", "item": XSS[0], "orders": 1, "quantity": 1}]
    api.answer("GET", "/stats", {**stats(), "top_items": top, "per_minute": minute})
    if where == "database":
        api.answer("GET", "/messages", {"messages": hostile})
    record = visit()
    page = record.page
    expect(page.locator("#orders tbody tr")).to_have_count(12 if where == "stream" else len(XSS))
    if where == "stream":
        api.publish("orders", {"orders": hostile, "skipped": 0})
    for text in XSS:
        api.publish(
            "worker", worker_event("record_dead_lettered", partition=0, offset=1, reason=text, worker=text)
        )
    hostile_groups = [group_offsets(text, PROCESSED, ENDS) for text in XSS]
    api.publish("offsets", {**offsets(), "groups": hostile_groups})
    api.publish("groups", {"groups": [group(text, [member(text, [0])]) for text in XSS]})

    for at, text in enumerate(XSS):
        row = page.locator(f"#orders tr[data-offset='{5000 + at}']")
        expect(row).to_be_attached()
        assert row.locator(".user").evaluate("(cell) => cell.textContent") == text
        assert row.locator(".item").evaluate("(cell) => cell.childElementCount") == 0
    expect(page.locator("#worker-events li")).to_have_count(len(XSS))
    page.wait_for_selector("#analytics [data-part='top'][data-drawn]")
    expect(page.locator("#analytics .ytick", has_text="1. <b>bold</b><br>li…")).to_have_count(1)
    expect(page.locator("#analytics .ytick", has_text="2. <script>alert(1)<…")).to_have_count(1)
    expect(page.locator("#lag .legendtext").first).to_have_text(XSS[0])
    assert page.locator("main :is(script, img, iframe, style, h1, [onerror], [onload])").count() == 0
    assert page.locator("main a:not([data-part='whole'])").count() == 0  # but our own


def test_nothing_is_refused_by_the_policy_and_no_other_host_is_asked(visit, api):
    record = visit()
    page = record.page
    page.wait_for_selector("#lag .chart[data-drawn]")
    page.locator("#lag .chart .point path").first.hover(force=True)
    page.wait_for_selector("#analytics [data-part='minutes'][data-drawn]")
    api.publish("groups", groups())

    assert record.violations() == []
    expect(page.locator("#lag .main-svg").first).to_have_css(
        "position", "absolute"
    )  # plotly's own rules arrived
    asked = {request.path for request in api.requests}
    assert asked >= {"/", "/vendor/plotly.min.js", "/events", "/messages", "/load"}
