"""A fresh system per test: the real broker, the API under its production server, workers as processes."""

import pytest
from support.system import System


@pytest.fixture(params=["sqlite"])
def database(request):
    """Which database; tests that shall run on both are parametrised with `BOTH_DATABASES`."""
    return request.param


@pytest.fixture
def system(request, tmp_path, database):
    """Broker, topics and API; workers are the test's own. Logs stay in pytest's folder of the test."""
    environment = {}
    if database == "postgres":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
    under_test = System(tmp_path, **environment)
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


@pytest.fixture(scope="module")
def shared_system(tmp_path_factory):
    """Broker, topics and API for a whole file, whose tests do not disturb one another."""
    under_test = System(tmp_path_factory.mktemp("system"))
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


@pytest.fixture(scope="module")
def url(shared_system):
    """Where the API of `shared_system` is."""
    return shared_system.settings.api.url
