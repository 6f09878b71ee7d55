"""Fixtures that every layer shares: a missing prerequisite skips with its reason, but fails in CI."""

import os
import shutil
from pathlib import Path

import pytest
from support.postgres import Postgres, find_postgres


def missing(what: str) -> None:
    """Skip, or fail where CI promised that everything is there."""
    if os.environ.get("CI") == "true":  # noqa: TID251 - the tests' own switch
        pytest.fail(f"{what} is missing although CI=true")
    pytest.skip(f"{what} is missing on this machine")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A real PostgreSQL of our own on a free port, ended with the session."""
    binaries = find_postgres()
    if binaries is None:
        missing("PostgreSQL's server (Debian package postgresql)")
    server = Postgres(binaries, tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    missing("Chromium (Debian package chromium)")
    raise AssertionError
