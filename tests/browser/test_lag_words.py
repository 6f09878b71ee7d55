"""What the lag panel calls a group: keeping up, catching up, or behind."""

from __future__ import annotations

from typing import Any

import pytest
from browser.scenario import ENDS, offsets
from playwright.sync_api import expect


def snapshot(lag: int, rate: float | None, drain: float | None = None, **partition: Any) -> dict[str, Any]:
    """A system whose first group lags by `lag` in partition 0, for seconds that are not known."""
    document = offsets(processed=[ENDS[0] - lag, *ENDS[1:]])
    group = document["groups"][0]
    group.update(consume_rate=rate, time_to_drain_seconds=drain)
    group["partitions"][0].update(lag_seconds=None, **partition)
    return document


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ((0, 20.0, 0), "caught up"),
        ((3, 0.4, None), "keeping up"),
        ((10, 1.0, 96.0), "keeping up"),
        ((40, 20.0, 96.0), "keeping up"),
        ((41, 20.0, 96.0), "caught up in about 96\u00a0s"),
        ((41, 20.0, None), "not catching up"),
        ((3, 0.0, None), "not catching up"),
        ((3, None, None), "not catching up"),
    ],
)
def test_a_few_records_on_their_way_are_no_backlog(visit, api, state, words):
    _, rate, _ = state
    api.greeting[1] = ("offsets", snapshot(*state))
    facts = visit().page.locator("#lag [data-group='order-processor'] .facts")
    said = "rate not known yet" if rate is None else f"reads {rate:g}/s"
    expect(facts).to_have_text(f"stable · {said} · {words}")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ((2, 20.0), "under 1\u00a0s"),
        ((10, 20.0), "under 1\u00a0s"),
        ((11, 20.0), "not known"),
        ((2, 0.0), "not known"),
        ((2, None), "not known"),
    ],
)
def test_too_few_records_to_measure_are_under_a_second(visit, api, state, words):
    api.greeting[1] = ("offsets", snapshot(*state))
    row = visit().page.locator("#lag [data-group='order-processor'] tbody tr").first
    expect(row.locator("td").last).to_have_text(words)


def test_a_partition_without_commit_is_never_under_a_second(visit, api):
    api.greeting[1] = ("offsets", snapshot(2, 20.0, committed_offset=None))
    row = visit().page.locator("#lag [data-group='order-processor'] tbody tr").first
    expect(row.locator("td").last).to_have_text("not known")
