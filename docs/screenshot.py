"""`make screenshot`: starts a playground of its own, lets it work, and takes docs/dashboard.png."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PLAYGROUND = [str(Path(sys.executable).with_name("playground"))]
API_PORT, KAFKA_PORT = 18950, 18960
CHROMIUM = os.environ.get("PLAYGROUND_TEST_CHROMIUM", "/usr/bin/chromium")  # noqa: TID251 - a fact of the machine


def main() -> None:
    """Start, feed, look, stop."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            "PLAYGROUND_API_PORT": str(API_PORT),
            "PLAYGROUND_KAFKA_PORT": str(KAFKA_PORT),
            "PLAYGROUND_DATA_DIR": folder,
        }
        environment = os.environ | variables  # noqa: TID251 - handed on to the playground

        def playground(*arguments: str) -> None:
            subprocess.run([*PLAYGROUND, *arguments], env=environment, check=True)

        playground("up", "--detach")
        try:
            playground("load", "start", "--rate", "120", "--detach")
            take(lambda: playground("scale", "processor", "3"), lambda: playground("pause", "processor-2"))
        finally:
            playground("down")


def take(*actions: object) -> None:
    """Open the page, act, and photograph what it shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 1240})
        page.goto(f"http://127.0.0.1:{API_PORT}/")
        expect(page.locator("#orders tbody tr").first).to_be_visible(timeout=30_000)
        for action in actions:
            action()
        expect(page.locator("#worker-events li").nth(2)).to_be_visible(timeout=30_000)
        total = page.locator("[data-group='order-processor'] .total")
        expect(total).to_have_text(re.compile(r"lag [1-9]\d\d"), timeout=60_000)
        page.screenshot(path=ROOT / "docs" / "dashboard.png")
        browser.close()


if __name__ == "__main__":
    main()
