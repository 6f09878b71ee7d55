"""What the panels show while everything works."""

from __future__ import annotations

from browser.scenario import ENDS, PROCESSED, group, member, offsets, partitions, stats, worker_event
from playwright.sync_api import expect

RECORD_DRAWINGS = """
() => {
  window.drawings = [];
  new MutationObserver(() => window.drawings.push(performance.now()))
    .observe(document.querySelector("#lag .chart"), { attributeFilter: ["data-drawn"] });
}
"""


def test_lag_is_drawn_and_listed_for_every_partition_and_group(visit, api):
    page = visit().page
    expect(page.locator("#lag .chart")).to_have_attribute("data-drawn", "1")
    assert page.locator("#lag .chart .bars .point").count() == 12

    rows = page.locator("[data-group='order-processor'] >> nth=0 >> tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.nth(2)).to_have_text("21,4001,411111.1\u00a0s")
    expect(page.locator("#lag .group").first).to_contain_text("lag 19")


def test_new_snapshot_moves_the_numbers_and_the_totals(visit, api):
    page = visit().page
    expect(page.locator("#totals div").nth(1)).to_have_text("lag order-processor19")
    api.publish("offsets", offsets("2026-11-23T06:36:34.000Z", ends=[end + 5 for end in ENDS]))

    expect(page.locator("#totals div").nth(0)).to_have_text("orders/s15")
    expect(page.locator("#totals div").nth(1)).to_have_text("lag order-processor49")
    expect(page.locator("#totals div").nth(2)).to_have_text("lag analytics30")


def test_charts_are_drawn_a_few_times_a_second_at_most(visit, api):
    page = visit().page
    chart = page.locator("#lag .chart")
    expect(chart).to_have_attribute("data-drawn", "1")
    page.evaluate(RECORD_DRAWINGS)
    for step in range(1, 40):
        api.publish(
            "offsets", offsets(f"2026-11-23T06:36:{20 + step}.000Z", ends=[end + step for end in ENDS])
        )
    expect(chart).to_have_attribute(
        "aria-label", "Lag per partition. In total: order-processor 253, analytics 234."
    )
    expect(chart).to_have_attribute("data-drawn", "2")
    api.publish("offsets", offsets())
    expect(chart).to_have_attribute("data-drawn", "3")

    second, third = page.evaluate("window.drawings")
    assert third - second >= 390


def test_a_partition_without_commit_says_so_and_never_minus_one(visit, api):
    api.greeting[1] = ("offsets", offsets(processed=[None, *PROCESSED[1:]]))
    page = visit().page
    row = page.locator("#lag .group").first.locator("tbody tr").first

    expect(row).to_have_text("0no commit yet1,2041,204not known")
    expect(page.locator("#lag .group").first).to_contain_text(
        "Partition 0: no commit yet: counted from the start of the partition."
    )
    assert "-1" not in page.locator("#lag .groups").inner_text()


def test_offsets_view_adds_the_end_offsets(visit, api):
    page = visit().page
    expect(page.locator("#lag .chart")).to_have_attribute("data-drawn", "1")
    page.get_by_role("radio", name="Offsets").check(force=True)
    expect(page.locator("#lag .chart .bars .point")).to_have_count(18)


def test_owners_are_a_grid_and_follow_a_rebalance(visit, api):
    page = visit().page
    row = page.locator("#ownership tr", has_text="processor-1")
    expect(row.locator("[data-owner='owned']")).to_have_count(3)
    members = [member("processor-1", [0, 1, 2], target=[0, 1]), member("processor-3", [], target=[2])]
    api.publish(
        "groups",
        {
            "groups": [
                group("order-processor", members, "preparing_rebalance"),
                group("analytics", [], "empty"),
            ]
        },
    )

    expect(row.locator("[data-owner='leaving']")).to_have_text("◧is giving back")
    expect(
        page.locator("#ownership tr", has_text="processor-3").locator("[data-owner='coming']")
    ).to_have_text("□will get")
    expect(page.locator("#ownership .nobody [data-owner='orphan']")).to_have_count(3)
    expect(page.locator("#ownership [data-group='analytics']")).to_contain_text(
        "Nobody reads for this group now."
    )


def test_worker_events_are_told_in_words_and_capped(visit, api):
    page = visit().page
    expect(page.locator("#worker-events")).to_contain_text("No worker event yet.")
    api.publish("worker", worker_event("startup_complete"))
    api.publish("worker", worker_event("partitions_assigned", partitions=partitions([2, 0, 1])))
    api.publish("worker", worker_event("partitions_revoked", partitions=partitions([2])))
    api.publish("worker", worker_event("partitions_lost", partitions=partitions([0, 1])))
    api.publish("worker", worker_event("shutdown_complete"))
    expected = [
        "stopped",
        "lost partitions 0, 1",
        "gave back partition 2",
        "took partitions 0, 1, 2",
        "started",
    ]
    expect(page.locator("#worker-events li")).to_contain_text([f"processor-1 {words}" for words in expected])
    api.publish("worker", worker_event("database_unavailable", detail="database is locked"))
    api.publish("worker", worker_event("record_failed", partitions=[4]))
    words = ["could not handle a batch of partition 4", "cannot reach the database: database is locked"]
    expect(page.locator("#worker-events li").nth(0)).to_contain_text(words[0])
    expect(page.locator("#worker-events li").nth(1)).to_contain_text(words[1])
    for number in range(120):
        api.publish("worker", worker_event("startup_complete", at=f"2026-11-23T06:36:33.{number:03}Z"))
    api.publish("worker", worker_event("write_refused", partition=3, offset=7, at="2026-11-23T06:36:34.000Z"))
    expect(page.locator("#worker-events li").first).to_contain_text("stale write refused")
    expect(page.locator("#worker-events li")).to_have_count(100)


def test_worker_events_begin_with_the_history_and_never_repeat_it(visit, api):
    """A reconnect tells the history again, and what was missed meanwhile."""
    times = [f"2026-11-23T06:36:{second}.000Z" for second in range(10, 15)]
    assigned = [
        worker_event("partitions_assigned", at=at, partitions=[number]) for number, at in enumerate(times)
    ]
    api.greeting.append(("history", {"events": assigned[:2]}))
    record = visit()
    record.expected = ("Failed to load resource", "net::ERR")
    page = record.page
    lines = page.locator("#worker-events li")
    expect(lines).to_contain_text(["took partition 1", "took partition 0"])
    expect(page.locator("#worker-events .note")).to_have_count(0)
    api.publish("worker", assigned[3])
    expect(lines).to_have_count(3)

    api.stop()
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    api.greeting[-1] = ("history", {"events": assigned})
    api.start()
    expect(lines).to_contain_text([f"took partition {number}" for number in (4, 3, 2, 1, 0)])
    expect(lines).to_have_count(5)


def test_analytics_shows_top_items_and_minutes(visit, api):
    page = visit().page
    expect(page.locator("#analytics [data-part='top'] .bars .point")).to_have_count(5)
    expect(page.locator("#analytics [data-part='minutes'] .bars .point")).to_have_count(7)
    page.get_by_text("Top items as a table").click()
    expect(page.locator("#analytics [data-part='top-table'] tbody tr").first).to_have_text("espresso412824")
    api.publish("stats", {**stats(), "orders": 1100})
    expect(page.locator("#analytics")).to_contain_text("counted so far: 1,100 orders, 2,044 pieces")
    expect(page.locator("#analytics")).to_contain_text("last 15 minutes")
    api.publish("stats", {**stats(), "per_minute": []})
    expect(page.locator("#analytics")).to_contain_text("last 15 minutes: none")
