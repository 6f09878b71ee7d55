"""What the API and experiments do to a running stack: scale, kill, freeze, take the broker away."""

import json

import pytest
from support.asking import ask, produce
from support.playground_process import PlaygroundProcess, alive, listening

from playground.errors import StackError
from playground.waiting import wait_until

pytestmark = pytest.mark.slow
DELAY = {"PLAYGROUND_FAULT_PROCESSING_DELAY_MS": "1", "PLAYGROUND_KAFKA_SASL_PASSWORD_FILE": ""}
ORDER = {"user": "alice", "item": "book", "qty": 2}


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    with PlaygroundProcess(tmp_path_factory.mktemp("stack") / "data") as process:
        process.up()
        yield process


@pytest.fixture
def url(playground):
    return playground.settings.api.url


def put_replicas(url, kind, replicas, **headers):
    body = json.dumps({"replicas": replicas}).encode()
    headers = {"content_type": "application/json"} | headers
    return ask(url, "PUT", f"/stack/{kind}/replicas", body, **headers)


def act(url, worker, what, **headers):
    return ask(url, "POST", f"/stack/workers/{worker}/{what}", **headers)


def workers(url):
    return {one["name"]: one for one in ask(url, "GET", "/stack").document["workers"]}


def wait_for_state(url, worker, state):
    return wait_until(
        lambda: (found := workers(url)[worker])["state"] == state and found, f"{worker} to be {state}", 60
    )


def test_more_and_fewer_replicas(url):
    assert ask(url, "GET", "/stack").document["abilities"] == ["scale", "kill", "pause", "load"]

    more = put_replicas(url, "processor", 3)

    assert more.status == 200, more.content
    assert more.document["available"]
    assert "processor-3" in [one["name"] for one in more.document["workers"]]
    wait_for_state(url, "processor-3", "running")
    pids = {name: one["pid"] for name, one in workers(url).items()}

    fewer = put_replicas(url, "order-processor", 2)  # a group means its kind

    left = {one["name"]: one["pid"] for one in fewer.document["workers"]}
    assert left == {name: pid for name, pid in pids.items() if name != "processor-3"}, "gone when it answers"
    assert not alive([pids["processor-3"]])


@pytest.mark.parametrize(
    ("kind", "replicas", "reason"),
    [
        ("processor", -1, "Expected int >= 0"),
        ("processor", 33, "Expected int <= 32"),
        ("processor", "2", "Expected int"),
        ("exporter", 2, "exporter may have 0 to 1, not 2"),
    ],
)
def test_an_impossible_number_is_named(url, kind, replicas, reason):
    before = workers(url)
    answer = put_replicas(url, kind, replicas)

    assert (answer.status, answer.document["field"]) == (422, "replicas")
    assert reason in answer.document["detail"]
    assert workers(url).keys() == before.keys()


def test_an_unknown_kind_or_worker_is_a_404_that_lists_the_known_ones(url):
    kind = put_replicas(url, "procesor", 2)
    assert kind.status == 404
    assert "processor, analytics, exporter, load; did you mean processor?" in kind.document["detail"]
    for what in ("kill", "pause", "resume"):
        worker = act(url, "processor-9", what)
        assert worker.status == 404
        assert "there are processor-1, processor-2, analytics-1, exporter-1" in worker.document["detail"]


def test_the_api_does_not_freeze_itself(url):
    assert act(url, "api", "pause").status == 404
    assert act(url, "broker", "kill").status == 404
    assert act(url, "processor", "kill").status == 404, "one worker, not a kind"


def test_a_killed_worker_is_replaced(url):
    before = workers(url)["processor-1"]

    killed = act(url, "processor-1", "kill")

    assert (killed.status, killed.document["name"], killed.document["pid"]) == (
        200,
        "processor-1",
        before["pid"],
    )
    after = wait_until(
        lambda: (found := workers(url)["processor-1"])["restarts"] > before["restarts"] and found,
        "a new one",
        60,
    )
    assert after["pid"] != before["pid"]
    wait_for_state(url, "processor-1", "running")


def test_a_frozen_worker_goes_on(url):
    assert act(url, "processor-1", "pause").document["state"] == "paused"
    assert workers(url)["processor-1"]["state"] == "paused"

    resumed = act(url, "processor-1", "resume").document

    assert (resumed["name"], resumed["state"]) == ("processor-1", "running")


def test_pages_of_other_origins_may_do_nothing(url):
    before = workers(url)

    for what in ("kill", "pause", "resume"):
        assert act(url, "processor-1", what, origin="http://evil.example").status == 403
    assert put_replicas(url, "processor", 0, origin="http://evil.example").status == 403

    assert workers(url) == before


def test_an_experiment_gives_workers_back_the_settings_they_had(playground):
    stack = playground.stack
    assert stack.environment("processor") == {}

    stack.scale("processor", 2, DELAY)
    assert stack.environment("order-processor") == DELAY
    stack.scale("processor", 2)
    before = stack.environment("processor")
    assert before == DELAY, "unmasked and kept"

    stack.scale("processor", 2, {"PLAYGROUND_FAULT_PROCESSING_DELAY_MS": "2"})
    stack.scale("processor", 2, before)
    assert stack.environment("processor") == DELAY
    stack.scale("processor", 2, {})
    assert stack.environment("processor") == {}
    assert stack.environment("analytics") == {}


def test_a_broker_that_was_away_comes_back_and_takes_orders(playground, url):
    stack = playground.stack
    accepted = produce(url, ORDER).document

    def broker():
        return next(one for one in stack.status()["services"] if one["name"] == "broker")

    before = broker()
    stack.restart_broker(3)

    assert not alive([before["pid"]]), "down when the call returns"
    with pytest.raises(StackError, match="the broker is being restarted already"):
        stack.restart_broker(1)
    wait_until(lambda: ask(url, "GET", "/readyz").status == 503, "the API to notice", 30)
    wait_until(lambda: ask(url, "GET", "/readyz").status == 200, "the API to be ready again", 60)

    # The API asks the broker itself, the stack looks on its own: either may be the first to see it back.
    wait_until(lambda: broker()["state"] == "running", "the stack to see it run", 30)
    assert broker()["restarts"] == before["restarts"] + 1
    again = produce(url, ORDER).document
    assert (again["partition"], again["offset"]) == (accepted["partition"], accepted["offset"] + 1)


def test_the_end_does_not_wait_for_a_broker_that_is_away(playground):
    pids = playground.child_pids()
    playground.stack.restart_broker(60)

    playground.run("down")

    assert playground.process.wait(30) == 0
    assert not alive(pids)
    assert listening(playground.ports()) == []
