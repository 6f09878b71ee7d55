"""An API that others than this machine can reach: it is read, it takes orders, and it controls nothing."""

import json

import pytest
from support.asking import ask, produce
from support.system import System

ORDER = {"user": "alice", "item": "book", "qty": 1}
READING = {"get", "head", "options"}
NAMED = str.maketrans("", "", "{}")  # the name of a parameter is as good as a value
# Orders and what stands beside them: customers send those, whoever is in control.
ORDERS = {"/produce", "/produce/raw", "/users", "/payments"}


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    under_test = System(tmp_path_factory.mktemp("control"), API_HOST="0.0.0.0")  # noqa: S104
    try:
        under_test.start()
        yield under_test
    finally:
        under_test.end()


@pytest.fixture(scope="module")
def url(system):
    return system.settings.api.url


def changes(system):
    """Every change of /openapi.json but orders: method, path, and what is said about a 403."""
    return [
        (method.upper(), path, operation["responses"].get("403"))
        for path, operations in system.get("/openapi.json")["paths"].items()
        for method, operation in operations.items()
        if method not in READING and path not in ORDERS
    ]


@pytest.mark.slow
def test_every_change_but_orders_is_refused_as_described(system, url):
    found = changes(system)

    assert {path.split("/")[1] for _method, path, _said in found} == {
        "stack",
        "load",
        "groups",
        "lab",
        "experiments",
        "runs",
    }
    for method, path, said in found:
        answer = ask(url, method, path.translate(NAMED), b"{}", content_type="application/json")
        assert answer.status == 403, (method, path, answer.content)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "PLAYGROUND_API_CONTROL=true" in answer.document["next_step"]
        assert said is not None, (method, path)


@pytest.mark.slow
def test_it_is_read_and_takes_orders_under_any_name(url):
    host = "playground-api:8000"

    assert produce(url, ORDER, host=host).status == 201
    assert produce(url, {"user": "alice", "city": "Rome", "tier": "gold"}, "/users", host=host).status == 201
    assert produce(url, {"order_id": 1, "amount": 100}, "/payments", host=host).status == 201
    for path in ("/offsets", "/groups", "/stack", "/load", "/experiments", "/runs"):
        assert ask(url, "GET", path, host=host).status == 200
    listed = ask(url, "GET", "/experiments", host=host).document["experiments"]
    assert not any(each["runnable"] for each in listed)
    assert all("PLAYGROUND_API_CONTROL=true" in each["next_step"] for each in listed)


@pytest.mark.slow
def test_a_page_under_a_rebound_name_sends_no_order(url):
    page = {"host": "rebound.example", "origin": "http://rebound.example", "sec_fetch_site": "same-origin"}

    answer = produce(url, ORDER, **page)

    assert answer.status == 403
    assert "PLAYGROUND_API_ALLOWED_ORIGINS" in answer.document["next_step"]


@pytest.mark.slow
def test_control_can_be_allowed(system):
    """Programs are in control then; pages that nobody knows are not."""
    api = system.children[0]
    assert api.stop(20) == 0
    system.start_api(API_CONTROL="true")
    url, body = system.settings.api.url, json.dumps({"heartbeat_interval_ms": 1000}).encode()
    put = {"method": "PUT", "path": "/groups/nobody/config", "body": body, "content_type": "application/json"}

    assert ask(url, host="playground-api:8000", **put).status == 200
    assert ask(url, host="rebound.example", origin="http://rebound.example", **put).status == 403
