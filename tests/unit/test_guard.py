"""Which hosts and origins may ask."""

import pytest

from api.guard import Guard
from api.problems import Refused
from playground.settings import read_settings


def guard(**variables):
    """A guard of these API settings."""
    return Guard(read_settings({f"PLAYGROUND_API_{name}": value for name, value in variables.items()}).api)


@pytest.mark.parametrize(
    "host", [b"127.0.0.1:8000", b"localhost:8000", b"LOCALHOST", b"[::1]:8000", b"[::1]"]
)
def test_names_of_loopback_are_ours(host):
    guard().check_host(host)


@pytest.mark.parametrize(
    "host", [None, b"", b"evil.example", b"127.0.0.1.evil.example", b"localhost.evil.example:8000", b"\xff"]
)
def test_a_rebound_name_is_refused(host):
    with pytest.raises(Refused) as refused:
        guard().check_host(host)

    assert refused.value.status == 421


def test_behind_a_proxy_its_name_can_be_allowed():
    guard(ALLOWED_ORIGINS="https://play.example").check_host(b"play.example")


def test_a_server_that_listens_everywhere_knows_no_names():
    guard(HOST="192.0.2.1").check_host(b"anything.example")


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        (None, None),
        (None, b"same-origin"),
        (None, b"none"),
        (b"http://localhost:8000", b"same-origin"),
        (b"http://LOCALHOST:8000", None),
        (b"https://play.example", b"cross-site"),
    ],
)
def test_own_pages_and_programs_may_change_things(origin, site):
    guard(ALLOWED_ORIGINS="https://play.example").check_origin(origin, site, b"localhost:8000")


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        (b"http://evil.example", None),
        (b"null", None),
        (b"http://localhost:9999", None),
        (b"http://localhost:8000.evil.example", None),
        (None, b"cross-site"),
        (None, b"same-site"),
    ],
)
def test_pages_of_others_may_not(origin, site):
    with pytest.raises(Refused) as refused:
        guard().check_origin(origin, site, b"localhost:8000")

    assert refused.value.status == 403
