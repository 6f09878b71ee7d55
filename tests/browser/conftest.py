"""One Chromium for all browser tests, and a scripted API behind the page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser.fake_api import FakeApi
from browser.page_record import PageRecord
from browser.scenario import script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

# Which browser to take and whether one is a must are facts of the machine, not settings of the playground.
CHROMIUM = Path(os.environ.get("PLAYGROUND_TEST_CHROMIUM", "/usr/bin/chromium"))  # noqa: TID251
REQUIRED = os.environ.get("CI") == "true"  # noqa: TID251
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _missing(reason: str) -> None:
    if REQUIRED:
        pytest.fail(f"{reason} (CI=true, so this is a failure)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; skips with its reason without one, fails when CI=true."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed: run `make test`, which installs it")
    if not CHROMIUM.is_file():
        _missing(f"no browser at {CHROMIUM}: apt-get install chromium, or set PLAYGROUND_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


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
