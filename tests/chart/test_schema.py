"""values.schema.json refuses what cannot be meant, by its name."""

import json
import re

import pytest
from support.charts import CHART, Refused, render

SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def test_the_chart_s_own_values_pass():
    assert render().of("StatefulSet")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"kafak": {}}, "kafak"),
        ({"kafka": {"node": 3}}, "node"),
        ({"kafka": {"persistence": {"siz": "1Gi"}}}, "siz"),
        ({"kafka": {"resources": {"limit": {}}}}, "limit"),
        ({"kafka": {"resources": {"limits": {"memroy": "1Gi"}}}}, "memroy"),
        ({"api": {"image": {"tag": "1"}}}, "image"),
        ({"workerDefaults": {"replica": 2}}, "replica"),
        ({"workers": {"processor": {"replica": 2}}}, "replica"),
        ({"workers": {"shipping": {"faults": {"delayMs": 2}}}}, "delayMs"),
        ({"workers": {"shipping": {"keda": {"lag": 2}}}}, "lag"),
        ({"podDefaults": {"nodeSelectors": {}}}, "nodeSelectors"),
        ({"exporter": {"replicas": 2}}, "replicas"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_typo_is_refused_with_its_name(values, named):
    with pytest.raises(Refused, match=rf"(?i)additional propert\w+ '?{named}'?\b.* not allowed"):
        render(values)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"kafka": {"nodes": 2}}, "kafka/nodes"),
        ({"kafka": {"heap": "384"}}, "kafka/heap"),
        ({"kafka": {"external": {"port": 9092}}}, "kafka/external/port"),
        ({"kafka": {"external": {"type": "LoadBalancer"}}}, "kafka/external/type"),
        ({"kafka": {"persistence": {"size": "much"}}}, "kafka/persistence/size"),
        ({"kafka": {"resources": {"limits": {"memory": "1GB"}}}}, "kafka/resources/limits/memory"),
        ({"image": {"digest": "sha256:1"}}, "image/digest"),
        ({"image": {"pullPolicy": "always"}}, "image/pullPolicy"),
        ({"database": {"image": {"pullPolicy": "always"}}}, "database/image/pullPolicy"),
        ({"topics": {"partitions": 0}}, "topics/partitions"),
        ({"topics": {"replicationFactor": "two"}}, "topics/replicationFactor"),
        ({"externalKafka": {"securityProtocol": "TLS"}}, "externalKafka/securityProtocol"),
        ({"api": {"replicas": "two"}}, "api/replicas"),
        ({"api": {"service": {"type": "ExternalName"}}}, "api/service/type"),
        ({"api": {"allowedOrigins": ["play.example"]}}, "api/allowedOrigins/0"),
        ({"workers": {"processor": {"groupProtocol": "new"}}}, "workers/processor/groupProtocol"),
        ({"workers": {"processor": {"assignor": "sticky"}}}, "workers/processor/assignor"),
        ({"workers": {"processor": {"autoOffsetReset": "none"}}}, "workers/processor/autoOffsetReset"),
        ({"workers": {"processor": {"job": "shipping"}}}, "workers/processor/job"),
        ({"workers": {"processor": {"replicas": -1}}}, "workers/processor/replicas"),
        (
            {"workers": {"processor": {"faults": {"failureRatio": 2}}}},
            "workers/processor/faults/failureRatio",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_value_that_cannot_be_meant_is_refused_with_its_path(values, path):
    with pytest.raises(Refused) as refusal:
        render(values)

    assert path in re.sub(r"[./]", "/", str(refusal.value))


@pytest.mark.parametrize("name", ["Processor", "1st", "a_b", "", "w" * 17])
def test_a_worker_s_name_must_fit_into_the_name_of_a_pod(name):
    with pytest.raises(Refused, match=rf"'{name}' does not match pattern '\^\[a-z\]"):
        render({"workers": {name: {"job": "processor"}}})


def test_a_setting_s_name_must_be_one():
    with pytest.raises(Refused, match="'a b' does not match pattern"):
        render({"workers": {"processor": {"extraEnv": {"a b": "1"}}}})


def test_global_is_open_to_charts_around_this_one():
    assert render({"global": {"theirs": {"key": 1}}}).of("StatefulSet")


def blocks(schema, path="values"):
    """Every object of the schema, with its path."""
    if schema.get("type") == "object":
        yield path, schema
        for key, inner in schema.get("properties", {}).items():
            yield from blocks(inner, f"{path}.{key}")
        if isinstance(schema.get("additionalProperties"), dict):
            yield from blocks(schema["additionalProperties"], f"{path}.*")


def test_every_object_is_closed_or_a_map_of_one_kind():
    for path, schema in blocks(SCHEMA):
        if path != "values.global" and not path.endswith(".affinity"):
            assert "additionalProperties" in schema, path
            assert schema["additionalProperties"] is not True, path
