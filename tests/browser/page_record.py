"""A page and everything it did that nobody may do unseen: requests, console errors, dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog

DEADLINE_MS = 10_000
VIOLATIONS = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


class PageRecord:
    """Opens the address and records; `page` is Playwright's page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.problems: list[str] = []
        self.expected: tuple[str, ...] = ()
        self._host = urlsplit(url).netloc
        context.set_default_timeout(DEADLINE_MS)
        self.page = context.new_page()
        self.page.add_init_script(VIOLATIONS)
        context.on("request", lambda request: self._request(request.url))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.goto(url)

    def _request(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in {"data", "blob"} and address.netloc != self._host:
            self.problems.append(f"asked another host: {url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def violations(self) -> list[str]:
        """What the content security policy refused so far."""
        return self.page.evaluate("window.policyViolations")

    def assert_clean(self) -> None:
        """Nothing happened but what the test said it expects (a refused request is a console error)."""
        unexpected = [each for each in self.problems if not any(words in each for words in self.expected)]
        assert not unexpected, "\n".join(unexpected)
