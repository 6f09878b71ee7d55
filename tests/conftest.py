"""Fixtures that every layer shares: a missing prerequisite skips with its reason, but fails in CI."""

import os
import signal
import tempfile
from pathlib import Path

import hypothesis
import pytest
from support.postgres import Postgres, find_postgres
from support.prerequisites import missing

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")

# Facts of the machine, not settings of the playground.
CHROMIUM = Path(os.environ.get("PLAYGROUND_TEST_CHROMIUM", "/usr/bin/chromium"))  # noqa: TID251
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure():
    """Ctrl-C reaches the processes that tests start, also when a shell runs the tests in the background.

    Such a shell has SIGINT ignored, which every child inherits, and Python then leaves it so.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL of our own on a free port, ended with the session.

    Not in pytest's folder: that is for one user only, and PostgreSQL must not run as root.
    """
    binaries = find_postgres()
    if binaries is None:
        missing("PostgreSQL's server (Debian package postgresql)")
    with tempfile.TemporaryDirectory(prefix="playground-postgres-") as folder:
        server = Postgres(binaries, Path(folder) / "server")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by Playwright.

    Per module: Playwright's event loop runs in this thread until it ends, and other tests have their own.
    """
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.is_file():
        missing(f"Chromium at {CHROMIUM} (Debian package chromium; or set PLAYGROUND_TEST_CHROMIUM)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
