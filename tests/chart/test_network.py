"""Who reaches whom: everything the components need, and nothing else."""

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render
from support.network_policies import OUTSIDE, Peer, allowed

CLIENTS = {"kafka", "topics", "api", "workers", "exporter", "kafka-ui", "ksqldb", "ksql"}
COMPONENTS = [*sorted(CLIENTS), "database", "prometheus", "grafana", "tests", "network"]
# Who may connect, by component and port; everybody else may not.
REACHED_BY = {
    ("kafka", 9092): CLIENTS,
    ("kafka", 9093): {"kafka"},
    ("kafka", 9404): {"prometheus"},
    ("kafka", 30092): set(),
    ("database", 5432): {"topics", "api", "workers", "ksqldb"},
    ("api", 8000): {"workers", "prometheus", "tests"},
    ("exporter", 9308): {"prometheus", "tests"},
    ("workers", 9400): {"prometheus"},
    ("ksqldb", 8088): {"api", "kafka-ui", "ksql", "tests"},
    ("kafka-ui", 8080): {"tests"},
    ("prometheus", 9090): {"grafana", "tests"},
    ("grafana", 3000): {"tests"},
}


def pod(component, namespace="play"):
    labels = {"app.kubernetes.io/name": "playground", "app.kubernetes.io/instance": "playground"}
    return Peer(labels | {"app.kubernetes.io/component": component}, namespace)


STRANGERS = {
    "a pod without labels": Peer({}),
    "a pod of another release": Peer(pod("workers").labels | {"app.kubernetes.io/instance": "other"}),
    "a look-alike in another namespace": pod("workers", "elsewhere"),
    "a pod in another namespace": Peer({}, "elsewhere"),
    "somebody outside of the cluster": OUTSIDE,
}


@pytest.fixture(scope="module")
def inside():
    """Everything on, and nothing opened to the outside."""
    return render(
        merged(
            EVERYTHING,
            {"api": {"ingress": {"enabled": False}, "httpRoute": {"enabled": False}}},
            {"workers": {"processor": {"keda": {"enabled": False}}}},
        )
    )


@pytest.mark.parametrize(("target", "port"), REACHED_BY)
def test_a_port_is_reached_by_those_who_need_it_and_nobody_else(inside, target, port):
    reached_by = {one for one in COMPONENTS if allowed(inside, pod(one), pod(target), port)}

    assert reached_by == REACHED_BY[target, port]
    for name, stranger in STRANGERS.items():
        assert not allowed(inside, stranger, pod(target), port), name


def test_every_port_that_a_service_opens_has_its_row(inside):
    """The table of the policies and the Services cannot tell different stories."""
    for service in inside.of("Service"):
        component = service["spec"]["selector"]["app.kubernetes.io/component"]
        ports = {
            port["name"]: port["containerPort"]
            for pods in inside.pods()
            if pods.metadata["labels"]["app.kubernetes.io/component"] == component
            for container in pods.containers
            for port in container.get("ports", [])
        }
        for port in service["spec"]["ports"]:
            target = ports.get(port["targetPort"], port["targetPort"])
            assert (component, target) in REACHED_BY, f"{service['metadata']['name']} {target}"


def test_the_addresses_that_programs_are_given_are_let_through(inside):
    """Of every container, each SERVICE:PORT it is told of is reached by its pod."""
    services = {one["metadata"]["name"]: one["spec"] for one in inside.of("Service")}
    told = 0
    for pods in inside.pods():
        source = Peer(pods.metadata["labels"])
        for container in pods.containers:
            texts = [
                value
                for ref in container.get("envFrom", [])
                for value in inside.one("ConfigMap", ref["configMapRef"]["name"])["data"].values()
            ]
            for name, spec in services.items():
                for port in spec["ports"]:
                    if any(f"{name}:{port['port']}" in text for text in texts):
                        component = spec["selector"]["app.kubernetes.io/component"]
                        number = next(row[1] for row in REACHED_BY if row[0] == component)
                        assert allowed(inside, source, pod(component), number), f"{pods.owner} {name}"
                        told += 1
    assert told >= 5


@pytest.mark.parametrize("component", COMPONENTS)
def test_nobody_leaves_the_release_but_to_ask_for_names(inside, component):
    assert allowed(inside, pod(component), Peer({}, "kube-system"), 53, "UDP")
    assert allowed(inside, pod(component), Peer({}, "kube-system"), 53)
    assert not allowed(inside, pod(component), OUTSIDE, 80)
    assert not allowed(inside, pod(component), Peer({}), 9092)
    # Kubernetes itself is for the API alone, when it may change workers.
    assert allowed(inside, pod(component), OUTSIDE, 6443) is (component == "api")
    assert not allowed(render(), pod(component), OUTSIDE, 6443)


def test_what_is_switched_off_leaves_no_open_door():
    """A rule whose last peer is gone must go too: an empty list of peers means everybody."""
    rendered = render({"prometheus": {"enabled": False}, "grafana": {"enabled": False}})

    for target, port in [("workers", 9400), ("kafka", 9404)]:
        assert not allowed(rendered, Peer({}), pod(target), port)
    for policy in rendered.of("NetworkPolicy"):
        for rule in policy["spec"].get("ingress") or []:
            assert rule["from"], policy["metadata"]["name"]


@pytest.mark.parametrize("component", ["topics", "api", "workers", "exporter", "kafka-ui", "ksqldb", "ksql"])
def test_an_external_kafka_and_database_are_reached_on_their_ports(component):
    values = merged(
        {"kafkaUi": {"enabled": True}, "ksqldb": {"enabled": True}},
        EXTERNAL,
        {"externalDatabase": {"port": 6432}},
    )
    values["externalKafka"]["bootstrapServers"] = "one.example:9094, two.example:9095"
    rendered = render(values)

    for port in (9094, 9095):
        assert allowed(rendered, pod(component), OUTSIDE, port)
    assert not allowed(rendered, pod(component), OUTSIDE, 9092)
    needs_database = ("database", 5432) in REACHED_BY and component in REACHED_BY["database", 5432]
    assert allowed(rendered, pod(component), OUTSIDE, 6432) is needs_database


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://mimir:9009/prometheus", 9009), ("https://metrics.example", 443), ("http://10.0.0.8", 80)],
)
def test_grafana_reaches_a_prometheus_of_your_own(url, port):
    rendered = render({"prometheus": {"enabled": False}, "grafana": {"prometheusUrl": url}})

    reached = {number for number in (8, 80, 443, 9009) if allowed(rendered, pod("grafana"), OUTSIDE, number)}
    assert reached == {port}


def test_node_ports_are_open_to_everybody():
    rendered = render(
        {
            "kafka": {"nodes": 3, "external": {"type": "NodePort", "port": 31000}},
            "api": {"service": {"type": "NodePort"}},
        }
    )

    for port in (31000, 31001, 31002):
        assert allowed(rendered, OUTSIDE, pod("kafka"), port)
    assert allowed(rendered, OUTSIDE, pod("api"), 8000)
    assert not allowed(rendered, OUTSIDE, pod("kafka"), 9092)
    assert not allowed(rendered, OUTSIDE, pod("kafka"), 31003)


def test_an_ingress_controller_reaches_the_api_and_may_be_named():
    somewhere = Peer({"app": "ingress"}, "ingress")
    anybody = Peer({}, "elsewhere")
    opened = {"api": {"ingress": {"enabled": True}}}
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}]

    assert allowed(render(opened), somewhere, pod("api"), 8000)
    assert allowed(render(opened), anybody, pod("api"), 8000)
    narrowed = render(merged(opened, {"networkPolicy": {"ingressFrom": peers}}))
    assert allowed(narrowed, somewhere, pod("api"), 8000)
    assert not allowed(narrowed, anybody, pod("api"), 8000)


def test_a_prometheus_of_the_cluster_reaches_metrics_and_nothing_else():
    theirs = Peer({"app": "prometheus"}, "observe")
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observe"}}}]
    metrics = {("kafka", 9404), ("api", 8000), ("exporter", 9308), ("workers", 9400)}

    for values in (
        {"networkPolicy": {"metricsFrom": peers}},
        {"monitoring": {"serviceMonitor": {"enabled": True}}},
    ):
        rendered = render(values)
        assert {row for row in REACHED_BY if allowed(rendered, theirs, pod(row[0]), row[1])} == metrics


def test_keda_reaches_kafka_when_it_scales_workers():
    keda = Peer({"app": "keda-operator"}, "keda")
    scaled = render({"workers": {"processor": {"keda": {"enabled": True}}}})

    assert allowed(scaled, keda, pod("kafka"), 9092)
    assert not allowed(scaled, Peer({}, "elsewhere"), pod("kafka"), 9092)
    assert not allowed(render(), keda, pod("kafka"), 9092)


def test_rules_of_your_own_are_added():
    theirs = Peer({"app": "theirs"})
    rule = {"from": [{"podSelector": {"matchLabels": {"app": "theirs"}}}], "ports": [{"port": 9092}]}
    out = {"ports": [{"port": 8443}]}
    rendered = render(
        {"networkPolicy": {"extraIngress": {"kafka": [rule]}, "extraEgress": {"workers": [out]}}}
    )

    assert allowed(rendered, theirs, pod("kafka"), 9092)
    assert not allowed(rendered, Peer({}), pod("kafka"), 9092)
    assert allowed(rendered, pod("workers"), OUTSIDE, 8443)
    assert not allowed(rendered, pod("api"), OUTSIDE, 8443)


def test_they_can_be_left_out():
    assert not render({"networkPolicy": {"enabled": False}}).of("NetworkPolicy")
