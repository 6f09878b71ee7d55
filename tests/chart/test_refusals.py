"""What cannot work is refused at install time: each message names the value and the next step."""

import re
from contextlib import contextmanager

import pytest
from support.charts import EVERYTHING, EXTERNAL, Refused, merged, render


@contextmanager
def refused(what, following):
    """The rendering inside ends with a message of two lines: what is wrong, and what to do."""
    with pytest.raises(Refused) as refusal:
        yield
    told = re.search(r"\n\n(?P<what>.+)\nNext: (?P<next>.+)", str(refusal.value))
    assert told, refusal.value
    assert re.search(what, told["what"]), told["what"]
    assert re.search(following, told["next"]), told["next"]


def without(values, path):
    *parents, last = path.split(".")
    copied = inner = merged(values)
    for key in parents:
        inner[key] = dict(inner[key])
        inner = inner[key]
    inner[last] = ""
    return copied


@pytest.mark.parametrize(
    ("path", "what", "following"),
    [
        (
            "externalKafka.bootstrapServers",
            r"kafka\.enabled is false, so externalKafka\.bootstrapServers must name a broker",
            r"--set externalKafka\.bootstrapServers=HOST:9092",
        ),
        (
            "externalDatabase.existingSecret",
            r"database\.enabled is false, so externalDatabase\.existingSecret must name a Secret",
            r"kubectl -n play create secret generic .*--from-literal url=postgresql://",
        ),
        (
            "externalKafka.sasl.existingSecret",
            r"securityProtocol is SASL_SSL, so .* externalKafka\.sasl\.existingSecret",
            r"kubectl -n play create secret generic broker-login --from-literal password=PASSWORD",
        ),
        ("externalKafka.sasl.username", r"externalKafka\.sasl\.username must say who logs in", "."),
    ],
)
def test_something_external_that_is_not_named(path, what, following):
    assert render(EXTERNAL)
    with refused(what, following):
        render(without(EXTERNAL, path))


@pytest.mark.parametrize(
    ("protocol", "assignor", "fits"),
    [
        ("consumer", "uniform", True),
        ("consumer", "range", True),
        ("consumer", "roundrobin", False),
        ("consumer", "cooperative-sticky", False),
        ("classic", "uniform", False),
        ("classic", "range", True),
        ("classic", "roundrobin", True),
        ("classic", "cooperative-sticky", True),
    ],
)
def test_an_assignor_that_its_protocol_does_not_have(protocol, assignor, fits):
    values = {"workers": {"shipping": {"job": "processor", "groupProtocol": protocol, "assignor": assignor}}}
    if fits:
        assert render(values)
        return
    with refused(
        rf"workers\.shipping\.assignor: {assignor} does not exist under the protocol {protocol}",
        r"--set workers\.shipping\.groupProtocol=",
    ):
        render(values)


@pytest.mark.parametrize(
    ("worker", "what", "following"),
    [
        (
            {},
            r"workers\.shipping: there is no job called shipping",
            r"--set workers\.shipping\.job=processor",
        ),
        (
            {"job": "processor", "autoscaling": {"enabled": True}, "keda": {"enabled": True}},
            r"workers\.shipping: autoscaling and keda would both own",
            r"autoscaling\.enabled=false",
        ),
        ({"job": "load", "keda": {"enabled": True}}, r"load joins no group", r"keda\.enabled=false"),
        (
            {"job": "processor", "groupProtocol": "classic", "maxPollIntervalMs": 2000},
            r"maxPollIntervalMs \(2000\) must not be below sessionTimeoutMs \(6000\)",
            r"maxPollIntervalMs=6000",
        ),
    ],
)
def test_a_worker_that_would_not_work(worker, what, following):
    with refused(what, following):
        render({"workers": {"shipping": worker}})


def test_a_worker_called_as_a_part_of_the_release_is():
    """Else two objects of one name would be made, and the second would win."""
    rendered = render(merged(EVERYTHING, {"kafka": {"nodes": 3}}))
    taken = {one["metadata"]["name"].removeprefix("playground-") for one in rendered}
    workers = {one["metadata"]["labels"].get("worker") for one in rendered}

    for name in {name for name in taken - workers if len(name) <= 16}:
        with refused(f"workers.{name}: a part of the release", "another name"):
            render({"workers": {name: {"job": "processor"}}})


def test_more_copies_than_brokers():
    with refused(r"replicationFactor is 3, but there are only 1 brokers", r"kafka\.nodes=3"):
        render({"topics": {"replicationFactor": 3}})
    assert render({"topics": {"replicationFactor": 3}, "kafka": {"nodes": 3}})
    assert render(merged(EXTERNAL, {"topics": {"replicationFactor": 3}}))
