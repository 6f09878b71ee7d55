"""One Chromium for all browser tests, and a scripted API behind the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser.fake_api import FakeApi
from browser.page_record import PageRecord
from browser.scenario import script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A running scripted API with an ordinary, small system behind it."""
    fake = FakeApi()
    script(fake)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def visit(browser: Browser, api: FakeApi) -> Iterator[Callable[..., PageRecord]]:
    """Open the dashboard; at the end no page may have broken the policy or asked another host."""
    records: list[PageRecord] = []

    def open_page(**options: object) -> PageRecord:
        context = browser.new_context(**options)
        records.append(PageRecord(context, api.url))
        return records[-1]

    yield open_page
    for record in records:
        record.context.close()
    for record in records:
        record.assert_clean()
