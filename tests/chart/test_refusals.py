"""What cannot work is refused at install time: each message names the value and the next step."""

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render
from support.refusals import refused


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
        (
            {"job": "processor", "autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 2}},
            r"workers\.shipping\.autoscaling\.minReplicas is 3, but maxReplicas is 2\.",
            r"--set workers\.shipping\.autoscaling\.maxReplicas=3",
        ),
        (
            {"job": "processor", "keda": {"enabled": True, "minReplicas": 7}},
            r"workers\.shipping\.keda\.minReplicas is 7, but maxReplicas is 6, as topics\.partitions",
            r"--set workers\.shipping\.keda\.maxReplicas=7",
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


def test_as_few_replicas_as_at_most():
    even = {"enabled": True, "minReplicas": 3, "maxReplicas": 3}
    assert render({"workers": {"processor": {"autoscaling": even}, "analytics": {"keda": even}}})
    assert render({"workers": {"processor": {"autoscaling": {"minReplicas": 3, "maxReplicas": 2}}}})


def test_brokers_without_a_name_for_clients_outside():
    with refused(r"kafka\.external\.host is empty", r"--set kafka\.external\.host=localhost"):
        render({"kafka": {"external": {"host": ""}}})
    assert render(merged(EXTERNAL, {"kafka": {"external": {"host": ""}}}))


def test_signals_without_the_role_that_they_belong_to():
    with refused(
        r"experiments\.signals is true, but experiments\.enabled is false",
        r"--set experiments\.enabled=true, or --set experiments\.signals=false",
    ):
        render({"experiments": {"signals": True}})


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("imageregistry", "imageRegistry"),
        ("image_registry", "imageRegistry"),
        ("imageRegistery", "imageRegistry"),
        ("imagePullSecret", "imagePullSecrets"),
        ("storageclass", "storageClass"),
        ("storageCalss", "storageClass"),
    ],
)
def test_a_slip_in_what_is_read_from_global(slip, meant):
    with refused(rf"global\.{slip} is nothing .* it reads global\.{meant}", rf"write global\.{meant}"):
        render({"global": {slip: "x"}})


def test_what_charts_around_this_one_have_in_global_is_theirs():
    others = ("imagePullPolicy", "defaultStorageClass", "security", "postgresql", "registry")
    assert render({"global": dict.fromkeys(others, "x")})


@pytest.mark.parametrize("name", ["My_Name", "my.name", "1st", "-name", "name-"])
def test_a_name_that_services_cannot_have(name):
    with refused(rf'"{name}" cannot be part of the names of Services', r"--set fullnameOverride=[a-z]"):
        render({"fullnameOverride": name})


def test_a_release_whose_name_services_cannot_have():
    with refused(r'"1st-playground" cannot be part', r"--set fullnameOverride=play-1st-playground"):
        render(release="1st")
    assert render({"fullnameOverride": "play-1st-playground"}, release="1st")
