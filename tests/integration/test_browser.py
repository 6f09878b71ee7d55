"""The whole way as a person sees it: order, processed, lag up with a paused worker, lag down again."""

import re
import signal

import pytest
from playwright.sync_api import expect
from support.customer import Customer

PATIENCE_MS = 30_000


@pytest.mark.slow
def test_an_order_is_seen_processed_and_lag_rises_and_falls(system, browser):
    """Nothing scripted: the page, the API, the broker and the workers are the real ones."""
    system.start_worker("analytics")
    processor = system.start_worker("processor")
    processor.wait_for("partitions_assigned")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(system.settings.api.url)

    page.get_by_label("User").first.fill("ada lovelace")
    page.get_by_label("Item").first.fill("<b>engine</b>")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Send order").click()
    row = page.locator("#orders tbody tr", has_text="ada lovelace")
    expect(row).to_contain_text("processed", timeout=PATIENCE_MS)
    expect(row).to_contain_text("<b>engine</b>")

    total = page.locator("[data-group='order-processor'] .total")
    expect(total).to_have_text("lag 0", timeout=PATIENCE_MS)
    processor.signal(signal.SIGSTOP)
    with Customer(system.settings.api.url) as customer:
        customer.wait_for_more(200)
        expect(total).to_have_text(re.compile(r"lag [1-9]\d\d"), timeout=PATIENCE_MS)
    processor.signal(signal.SIGCONT)
    expect(total).to_have_text("lag 0", timeout=PATIENCE_MS)

    assert said == []
    page.close()
