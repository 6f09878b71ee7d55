"""Which hosts and origins may ask."""

import pytest

from api.guard import Guard
from api.pages import ROUTES
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


@pytest.mark.parametrize("host", [None, b"anything.example", b"playground-api:8000"])
def test_a_server_that_listens_everywhere_is_read_under_any_name(host):
    guard(HOST="0.0.0.0").check_host(host)  # noqa: S104 - what the test is about


@pytest.mark.parametrize(
    ("host", "origin", "site"),
    [
        (b"playground-api:8000", None, None),  # a program in the cluster
        (b"localhost:18000", b"http://localhost:18000", b"same-origin"),  # kubectl port-forward
        (b"192.0.2.7:8000", b"http://192.0.2.7:8000", b"same-origin"),
        (b"[2001:db8::7]:8000", b"http://[2001:db8::7]:8000", None),
        (b"inside:8000", b"https://play.example", b"same-origin"),  # behind a proxy that keeps no Host
    ],
)
def test_programs_and_known_pages_may_change_things_on_a_server_that_listens_everywhere(host, origin, site):
    everywhere = guard(HOST="0.0.0.0", ALLOWED_ORIGINS="https://play.example")  # noqa: S104

    everywhere.check_host(host)
    everywhere.check_origin(origin, site, host)


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        (b"http://rebound.example:8000", b"same-origin"),
        (b"http://rebound.example:8000", None),
        (None, b"same-origin"),
        (None, b"none"),
    ],
)
def test_a_page_under_a_name_that_was_rebound_may_not(origin, site):
    with pytest.raises(Refused, match=r"rebound\.example") as refused:
        guard(HOST="0.0.0.0").check_origin(origin, site, b"rebound.example:8000")  # noqa: S104

    assert refused.value.status == 403
    assert "PLAYGROUND_API_ALLOWED_ORIGINS" in refused.value.next_step


def test_every_change_is_described_as_one_that_may_be_refused():
    changes = [route for route in ROUTES if route.method != "GET"]

    assert len(changes) > 10
    assert [f"{route.method} {route.path}" for route in changes if 403 not in route.problems] == []


@pytest.mark.parametrize(
    ("variables", "allowed"),
    [
        ({}, True),
        ({"HOST": "localhost"}, True),
        ({"HOST": "0.0.0.0"}, False),  # noqa: S104
        ({"HOST": "0.0.0.0", "CONTROL": "true"}, True),  # noqa: S104
        ({"CONTROL": "false"}, False),
    ],
)
def test_control_is_for_this_machine_unless_somebody_says_otherwise(variables, allowed):
    found = guard(**variables)

    if allowed:
        found.check_control()
        assert found.control_refused() == {"why_not": None, "next_step": None}
        return
    with pytest.raises(Refused) as refused:
        found.check_control()
    assert refused.value.status == 403
    assert "PLAYGROUND_API_CONTROL=true" in refused.value.next_step
    assert found.control_refused() == {"why_not": str(refused.value), "next_step": refused.value.next_step}


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
