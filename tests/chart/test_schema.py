"""values.schema.json refuses what cannot be meant, by its name."""

import json
import re

import pytest
from support.charts import CHART, Refused, render

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
SPREAD = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


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
        ({"podDefaults": {"tolerations": [{"kye": "dedicated"}]}}, "kye"),
        ({"kafka": {"tolerations": [{"kye": "dedicated"}]}}, "kye"),
        ({"workers": {"processor": {"tolerations": [{"kye": "dedicated"}]}}}, "kye"),
        ({"podDefaults": {"affinity": {"nodeAfinity": {}}}}, "nodeAfinity"),
        ({"workerDefaults": {"affinity": {"nodeAfinity": {}}}}, "nodeAfinity"),
        ({"podDefaults": {"topologySpreadConstraints": [SPREAD | {"maxSkw": 1}]}}, "maxSkw"),
        ({"global": {"imagePullSecrets": [{"name": "login", "nmae": "login"}]}}, "nmae"),
        ({"api": {"ingress": {"tls": [{"secretNam": "certificate"}]}}}, "secretNam"),
        ({"api": {"httpRoute": {"parentRefs": [{"name": "gateway", "sectionNam": "web"}]}}}, "sectionNam"),
        ({"networkPolicy": {"ingressFrom": [{"podSelecter": {}}]}}, "podSelecter"),
        ({"networkPolicy": {"metricsFrom": [{"podSelecter": {}}]}}, "podSelecter"),
        ({"networkPolicy": {"extraIngress": {"kafka": [{"form": []}]}}}, "form"),
        ({"networkPolicy": {"extraEgress": {"kafka": [{"from": []}]}}}, "from"),
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
        ({"kafka": {"persistence": {"size": "1.5.5Gi"}}}, "kafka/persistence/size"),
        ({"prometheus": {"persistence": {"size": ".Gi"}}}, "prometheus/persistence/size"),
        ({"kafka": {"resources": {"limits": {"memory": "1GB"}}}}, "kafka/resources/limits/memory"),
        ({"kafka": {"resources": {"limits": {"memory": "1.5.5Gi"}}}}, "kafka/resources/limits/memory"),
        ({"api": {"resources": {"requests": {"cpu": "."}}}}, "api/resources/requests/cpu"),
        ({"api": {"resources": {"requests": {"cpu": -1}}}}, "api/resources/requests/cpu"),
        ({"podDefaults": {"tolerations": [{"effect": "NoRun"}]}}, "podDefaults/tolerations/0/effect"),
        ({"global": {"imagePullSecrets": [{}]}}, "global/imagePullSecrets/0"),
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


PLACEMENT = {
    "tolerations": [
        {"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 9}
    ],
    "affinity": {"nodeAffinity": {}, "podAffinity": {}, "podAntiAffinity": {}},
    "topologySpreadConstraints": [
        SPREAD
        | {"labelSelector": {}, "matchLabelKeys": ["pod-template-hash"], "minDomains": 2}
        | {"nodeAffinityPolicy": "Honor", "nodeTaintsPolicy": "Honor"}
    ],
}


def test_all_that_kubernetes_has_there_may_be_given():
    peer = {"ipBlock": {"cidr": "10.0.0.0/8"}}, {"namespaceSelector": {}, "podSelector": {}}
    ports = [{"port": 9092}]
    gateway = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "web", "name": "shared"}
    assert render(
        {
            "podDefaults": PLACEMENT,
            "workers": {"processor": PLACEMENT},
            "global": {"imagePullSecrets": [{"name": "login"}]},
            "networkPolicy": {
                "ingressFrom": [*peer],
                "metricsFrom": [*peer],
                "extraIngress": {"kafka": [{"from": [*peer], "ports": ports}]},
                "extraEgress": {"kafka": [{"to": [*peer], "ports": ports}]},
            },
            "api": {
                "ingress": {"enabled": True, "tls": [{"hosts": ["play.example"], "secretName": "s"}]},
                "httpRoute": {
                    "enabled": True,
                    "parentRefs": [gateway | {"sectionName": "https", "port": 443}],
                },
                "resources": {"requests": {"cpu": 0.5, "memory": "1.5Gi"}},
            },
        }
    )


# Objects that are Kubernetes' own below a key: these are left to Kubernetes.
KUBERNETES_OWN = re.compile(
    r"\.affinity\.|\.(labelSelector|ipBlock|namespaceSelector|podSelector)$|^values\.global$"
)


def blocks(schema, path="values"):
    """Every object of the schema, with its path."""
    if schema.get("type") == "array" and "items" in schema:
        yield from blocks(schema["items"], f"{path}[]")
    if schema.get("type") == "object":
        yield path, schema
        for key, inner in schema.get("properties", {}).items():
            yield from blocks(inner, f"{path}.{key}")
        if isinstance(schema.get("additionalProperties"), dict):
            yield from blocks(schema["additionalProperties"], f"{path}.*")


def test_every_object_is_closed_or_a_map_of_one_kind():
    for path, schema in blocks(SCHEMA):
        if not KUBERNETES_OWN.search(path):
            assert "additionalProperties" in schema, path
            assert schema["additionalProperties"] is not True, path
