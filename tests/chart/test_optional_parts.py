"""What is off until a value switches it on: Kafka UI, ksqlDB, ingress, autoscalers."""

import pytest
import yaml
from support.charts import EXTERNAL, Refused, merged, render

from playground.jobs import GROUP_OF_KIND

OPTIONAL = {
    "Ingress",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "TriggerAuthentication",
    "Role",
}


def test_without_values_nothing_optional_is_made():
    assert not OPTIONAL & {one["kind"] for one in render()}


def variables(pods, container=0):
    found = pods.spec["containers"][container]["env"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in found}


def test_kafka_ui_reaches_our_kafka_and_ksqldb():
    rendered = render({"kafkaUi": {"enabled": True}, "ksqldb": {"enabled": True}})
    told = rendered.one("ConfigMap", "playground-kafka-ui")["data"]

    assert told["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"] == "playground-kafka:9092"
    assert told["KAFKA_CLUSTERS_0_KSQLDBSERVER"] == "http://playground-ksqldb:8088"
    assert told["KAFKA_CLUSTERS_0_READONLY"] == "true"
    assert not [key for key in told if "PROPERTIES" in key]


def test_kafka_ui_logs_in_at_an_external_kafka_with_the_password_of_the_secret():
    rendered = render(merged({"kafkaUi": {"enabled": True}}, EXTERNAL))
    told = rendered.one("ConfigMap", "playground-kafka-ui")["data"]
    env = variables(rendered.pod("Deployment/playground-kafka-ui"))

    assert told["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"] == "one.example:9094,two.example:9095"
    assert told["KAFKA_CLUSTERS_0_PROPERTIES_SECURITY_PROTOCOL"] == "SASL_SSL"
    assert told["KAFKA_CLUSTERS_0_PROPERTIES_SASL_MECHANISM"] == "SCRAM-SHA-512"
    assert told["KAFKA_CLUSTERS_0_PROPERTIES_SSL_TRUSTSTORE_TYPE"] == "PEM"
    assert env["KAFKA_PASSWORD"] == {"secretKeyRef": {"name": "broker-login", "key": "password"}}
    assert env["KAFKA_CLUSTERS_0_PROPERTIES_SASL_JAAS_CONFIG"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="ann" password="$(KAFKA_PASSWORD)";'
    )


def properties(rendered):
    text = rendered.one("ConfigMap", "playground-ksqldb")["data"]["ksql-server.properties"]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_ksqldb_keeps_as_many_copies_as_there_are_brokers():
    one = properties(render({"ksqldb": {"enabled": True}}))
    three = properties(render({"ksqldb": {"enabled": True}, "kafka": {"nodes": 3}}))

    assert one["bootstrap.servers"] == "playground-kafka:9092"
    assert one["ksql.streams.replication.factor"] == one["ksql.internal.topic.replicas"] == "1"
    assert three["ksql.streams.replication.factor"] == three["ksql.internal.topic.replicas"] == "3"


def test_ksqldb_refuses_to_answer_from_a_table_that_is_being_restored():
    """Without these a restarted server answers 200 and no rows: see "no lag information" in tests/data."""
    told = properties(render({"ksqldb": {"enabled": True}}))

    assert told["ksql.heartbeat.enable"] == told["ksql.lag.reporting.enable"] == "true"
    assert told["ksql.advertised.listener"] == "http://127.0.0.1:8088"  # there is one server: itself


def test_ksqldb_at_an_external_kafka():
    rendered = render(
        merged({"ksqldb": {"enabled": True, "config": {"ksql.streams.num.stream.threads": 2}}}, EXTERNAL)
    )
    told = properties(rendered)
    env = variables(rendered.pod("Deployment/playground-ksqldb"))

    assert told["security.protocol"] == "SASL_SSL"
    assert told["ssl.truststore.location"] == "/etc/playground/kafka-secrets/ca.crt"
    assert told["ksql.streams.num.stream.threads"] == "2"
    assert "sasl.jaas.config" not in told
    assert 'password="$(KAFKA_PASSWORD)"' in env["JAAS_CONFIG"]
    names = list(env)
    assert names.index("KAFKA_PASSWORD") < names.index("JAAS_CONFIG")  # a reference looks back only


@pytest.mark.parametrize(
    ("mechanism", "module"),
    [("PLAIN", "plain.PlainLoginModule"), ("SCRAM-SHA-256", "scram.ScramLoginModule")],
)
def test_the_login_fits_the_mechanism(mechanism, module):
    values = merged(
        {"ksqldb": {"enabled": True}}, EXTERNAL, {"externalKafka": {"sasl": {"mechanism": mechanism}}}
    )

    assert module in variables(render(values).pod("Deployment/playground-ksqldb"))["JAAS_CONFIG"]


def test_an_ingress_leads_to_the_api_and_its_pages_may_write():
    rendered = render(
        {
            "api": {
                "allowedOrigins": ["https://also.example"],
                "ingress": {
                    "enabled": True,
                    "className": "nginx",
                    "annotations": {"a": "b"},
                    "hosts": ["play.example"],
                    "tls": [{"hosts": ["play.example"], "secretName": "certificate"}],
                },
            }
        }
    )
    ingress = rendered.one("Ingress", "playground-api")
    service = rendered.one("Service", "playground-api")

    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["spec"]["rules"][0]["host"] == "play.example"
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "playground-api", "port": {"name": service["spec"]["ports"][0]["name"]}}
    told = rendered.one("ConfigMap", "playground-api")["data"]
    assert told["PLAYGROUND_API_ALLOWED_ORIGINS"].split() == [
        "https://also.example",
        "https://play.example",
        "http://play.example",
    ]
    assert told["PLAYGROUND_API_CONTROL"] == "false"  # it has no passwords


def test_an_ingress_without_hosts_takes_every_name():
    rule = render({"api": {"ingress": {"enabled": True}}}).one("Ingress", "playground-api")["spec"]["rules"][
        0
    ]

    assert set(rule) == {"http"}


def test_a_route_leads_to_the_api_and_without_a_gateway_it_is_refused():
    route = render(
        {"api": {"httpRoute": {"enabled": True, "parentRefs": [{"name": "way"}], "hosts": ["play.example"]}}}
    ).one("HTTPRoute", "playground-api")["spec"]

    assert route["parentRefs"] == [{"name": "way"}]
    assert route["hostnames"] == ["play.example"]
    assert route["rules"][0]["backendRefs"] == [{"name": "playground-api", "port": 8000}]
    with pytest.raises(Refused, match=r"parentRefs must name a Gateway"):
        render({"api": {"httpRoute": {"enabled": True}}})


@pytest.mark.parametrize("owner", ["autoscaling", "keda"])
def test_an_autoscaler_owns_the_number_up_to_one_per_partition(owner):
    """A number in the manifest would be set again by every upgrade, against the autoscaler."""
    rendered = render({"topics": {"partitions": 9}, "workers": {"processor": {owner: {"enabled": True}}}})
    own = render({"workers": {"processor": {owner: {"enabled": True, "maxReplicas": 4}}}})

    kind, highest = {"autoscaling": ("HorizontalPodAutoscaler", "maxReplicas")}.get(
        owner, ("ScaledObject", "maxReplicaCount")
    )
    scaler = rendered.one(kind, "playground-processor")["spec"]
    assert scaler["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "name": "playground-processor",
    }
    assert scaler[highest] == 9
    assert own.one(kind, "playground-processor")["spec"][highest] == 4
    assert "replicas" not in rendered.one("StatefulSet", "playground-processor")["spec"]
    assert rendered.one("StatefulSet", "playground-analytics")["spec"]["replicas"] == 1


def test_keda_looks_at_the_group_that_the_worker_joins():
    rendered = render(
        {
            "workerDefaults": {"keda": {"enabled": True}},
            "workers": {
                "load": None,
                "shipping": {"job": "processor", "groupId": "ship", "autoOffsetReset": "latest"},
            },
        }
    )

    for kind, group in (("processor", None), ("analytics", None), ("shipping", "ship")):
        trigger = rendered.one("ScaledObject", f"playground-{kind}")["spec"]["triggers"][0]
        assert trigger["type"] == "kafka"
        assert trigger["metadata"]["consumerGroup"] == (group or GROUP_OF_KIND[kind])
        assert trigger["metadata"]["bootstrapServers"] == "playground-kafka.play.svc:9092"
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
    assert trigger["metadata"]["offsetResetPolicy"] == "latest"


def test_keda_logs_in_at_an_external_kafka():
    rendered = render(merged({"workers": {"processor": {"keda": {"enabled": True}}}}, EXTERNAL))
    trigger = rendered.one("ScaledObject", "playground-processor")["spec"]["triggers"][0]
    login = rendered.one("TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]

    assert trigger["metadata"]["tls"] == "enable"
    assert trigger["metadata"]["sasl"] == "scram_sha512"
    assert {one["parameter"]: (one["name"], one["key"]) for one in login["secretTargetRef"]} == {
        "password": ("broker-login", "password"),
        "ca": ("broker-authority", "ca.crt"),
    }
    username = login["configMapTargetRef"][0]
    assert rendered.one("ConfigMap", username["name"])["data"][username["key"]] == "ann"


def test_one_replica_at_a_time_may_be_taken_away():
    rendered = render({"api": {"replicas": 2}, "kafka": {"nodes": 3}})

    budgets = {one["metadata"]["name"]: one["spec"] for one in rendered.of("PodDisruptionBudget")}
    assert {"playground-api", "playground-kafka", "playground-processor", "playground-load"} <= set(budgets)
    assert {one["maxUnavailable"] for one in budgets.values()} == {1}
    assert "playground-api" not in {one["metadata"]["name"] for one in render().of("PodDisruptionBudget")}


SCHEDULING = yaml.safe_load("""
nodeSelector: {disk: fast}
tolerations: [{key: spot, operator: Exists}]
affinity: {nodeAffinity: {}}
topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]
priorityClassName: high
""")


def test_where_pods_run_is_said_once_for_all_and_otherwise_for_one():
    rendered = render(
        {
            "podDefaults": SCHEDULING | {"podLabels": {"team": "a"}, "podAnnotations": {"note": "all"}},
            "workers": {"processor": {"nodeSelector": {"disk": "slow"}, "podLabels": {"team": "b"}}},
        }
    )

    for pods in rendered.pods():
        processor = pods.owner == "StatefulSet/playground-processor"
        for key, value in SCHEDULING.items():
            wanted = {"disk": "slow"} if processor and key == "nodeSelector" else value
            if key == "topologySpreadConstraints":
                selector = pods.spec[key][0].pop("labelSelector")["matchLabels"]
                assert selector.items() <= pods.metadata["labels"].items(), pods.owner
                assert ("worker" in selector) == ("worker" in pods.metadata["labels"]), pods.owner
            assert pods.spec[key] == wanted, f"{pods.owner} {key}"
        assert pods.metadata["labels"]["team"] == ("b" if processor else "a"), pods.owner
        assert pods.metadata["annotations"]["note"] == "all", pods.owner


def test_a_job_of_its_own_applies_the_statements_to_ksqldb():
    rendered = render({"ksqldb": {"enabled": True}})
    [job] = [one for one in rendered.of("Job") if one["metadata"]["name"].startswith("playground-ksql-")]
    [container] = job["spec"]["template"]["spec"]["containers"]

    assert container["args"][:3] == ["playground.cli", "ksql", "apply"]
    assert [one["configMapRef"]["name"] for one in container["envFrom"]] == [
        "playground-settings",
        "playground-ksql",
    ]
    for name in ("ksql", "api"):
        told = rendered.one("ConfigMap", f"playground-{name}")["data"]
        assert told["PLAYGROUND_KSQLDB_URL"] == "http://playground-ksqldb:8088"


def test_another_image_is_another_job_and_without_ksqldb_there_is_none():
    def jobs(values):
        found = {one["metadata"]["name"] for one in render(values).of("Job")}
        return {name for name in found if "-ksql-" in name}

    on = {"ksqldb": {"enabled": True}}
    assert jobs(on).isdisjoint(jobs(on | {"image": {"tag": "2"}}))
    assert jobs({}) == set()
    assert "PLAYGROUND_KSQLDB_URL" not in render().one("ConfigMap", "playground-api")["data"]
