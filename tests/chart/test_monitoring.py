"""What the chart makes of monitoring/: targets that are there, rules unchanged, dashboards where wanted."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from support.charts import Refused, merged, render
from support.prerequisites import missing
from support.prometheus import DASHBOARDS, RULES, alerts

OPERATOR = {
    "prometheus": {"enabled": False},
    "grafana": {"enabled": False},
    "monitoring": {name: {"enabled": True} for name in ("serviceMonitor", "prometheusRule", "dashboards")},
}
JOBS = {"playground-exporter", "playground-api", "playground-workers", "kafka-jmx"}


@pytest.fixture(scope="module")
def rendered():
    return render(namespace="play")


def scrape_configs(rendered):
    text = rendered.one("ConfigMap", "playground-prometheus")["data"]["prometheus.yaml"]
    return {one["job_name"]: one for one in yaml.safe_load(text)["scrape_configs"]}


def test_every_target_is_a_port_of_pods_that_are_there(rendered):
    found = scrape_configs(rendered)

    assert set(found) == JOBS
    for job, config in found.items():
        service, port = address(config)
        made = rendered.one("Service", service)["spec"]
        target = next(one["targetPort"] for one in made["ports"] if port in (one["name"], one["port"]))
        if "dns_sd_configs" in config:  # the pods, not one address for all of them
            assert made["clusterIP"] == "None", job
            assert made["publishNotReadyAddresses"] is True, job
        pods = [one for one in rendered.pods() if made["selector"].items() <= one.metadata["labels"].items()]
        assert pods, job
        for pod in pods:
            names = [one["name"] for container in pod.containers for one in container.get("ports", [])]
            assert target in names, f"{job} {pod.owner}"


def test_every_series_names_its_namespace(rendered):
    for job, config in scrape_configs(rendered).items():
        assert {"target_label": "namespace", "replacement": "play"} in config["relabel_configs"], job


def test_workers_and_brokers_are_called_by_the_names_of_their_pods(rendered):
    for job, pod in (("playground-workers", "playground-processor-2"), ("kafka-jmx", "playground-kafka-0")):
        config = scrape_configs(rendered)[job]
        service = address(config)[0]
        rule = next(one for one in config["relabel_configs"] if one["target_label"] == "pod")
        assert re.fullmatch(rule["regex"], f"{pod}.{service}.play.svc.cluster.local.:9400")[1] == pod
        owner = rendered.one("StatefulSet", pod.rpartition("-")[0])
        assert owner["spec"]["serviceName"] == service  # only then has a pod a name


def test_what_is_switched_off_is_no_target():
    values = {"exporter": {"enabled": False}, "kafka": {"jmx": {"enabled": False}}}

    assert set(scrape_configs(render(values))) == JOBS - {"playground-exporter", "kafka-jmx"}


def rules_of(rendered):
    """The text of each file of rules that Prometheus gets."""
    data = rendered.one("ConfigMap", "playground-prometheus")["data"]
    return {name: text for name, text in data.items() if name != "prometheus.yaml"}


def test_prometheus_gets_every_rule_and_absent_is_asked_of_its_own_namespace(rendered):
    found = rules_of(rendered)

    assert set(found) == {f"rules.{file.name}" for file in RULES.glob("*.yaml")}
    for file in RULES.glob("*.yaml"):
        text = found[f"rules.{file.name}"]
        assert yaml.safe_load(text.replace('absent(up{namespace="play", ', "absent(up{")) == yaml.safe_load(
            file.read_text()
        )
        assert text.count("absent(up{") == text.count('absent(up{namespace="play", ')
    assert any('absent(up{namespace="play"' in text for text in found.values())


def test_without_the_exporter_nobody_is_told_that_it_is_down():
    off = render({"exporter": {"enabled": False}})
    theirs = render(merged(OPERATOR, {"exporter": {"enabled": False}}))
    alerting = [
        one["alert"]
        for group in theirs.one("PrometheusRule", "playground")["spec"]["groups"]
        for one in group["rules"]
    ]

    assert "rules.exporter.yaml" not in rules_of(off)
    assert "ExporterDown" not in alerting
    assert "ConsumerGroupLagHigh" in alerting


def test_prometheus_accepts_what_it_gets(rendered, tmp_path):
    if shutil.which("promtool") is None:
        missing("promtool (Debian package prometheus)")
    for name, text in rendered.one("ConfigMap", "playground-prometheus")["data"].items():
        (tmp_path / name).write_text(text.replace("/etc/prometheus/", f"{tmp_path}/"))

    checked = subprocess.run(
        ["promtool", "check", "config", tmp_path / "prometheus.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("rules found") == len(list(RULES.glob("*.yaml")))


def test_an_operator_is_told_of_the_same_targets_and_rules():
    rendered = render(OPERATOR)
    monitor = rendered.one("ServiceMonitor", "playground")["spec"]
    selected = [
        one["metadata"]["labels"]["app.kubernetes.io/component"]
        for one in rendered.of("Service")
        if monitor["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
        for port in one["spec"]["ports"]
        if port["name"] == monitor["endpoints"][0]["port"]
    ]
    rule = rendered.one("PrometheusRule", "playground")["spec"]

    assert sorted(job_of(monitor, component) for component in selected) == sorted(JOBS)
    told = [one for group in rule["groups"] for one in group["rules"]]
    assert [one["alert"] for one in told] == [one["alert"] for one in alerts()]
    assert [one | {"expr": one["expr"].replace('namespace="play", ', "")} for one in told] == alerts()
    assert not [one for one in rendered if "prometheus" in one["metadata"]["name"]]


def test_dashboards_are_labelled_for_a_sidecar_only_when_wanted():
    ours = render().one("ConfigMap", "playground-dashboards")
    theirs = render(OPERATOR).one("ConfigMap", "playground-dashboards")

    assert "grafana_dashboard" not in ours["metadata"]["labels"]
    assert theirs["metadata"]["labels"]["grafana_dashboard"] == "1"
    for made in (ours, theirs):
        assert {name: json.loads(text) for name, text in made["data"].items()} == {
            file.name: json.loads(file.read_text()) for file in DASHBOARDS.glob("*.json")
        }


def test_grafana_asks_the_prometheus_of_the_release_or_another():
    def asked(values):
        made = render(values)
        return yaml.safe_load(
            made.one("ConfigMap", "playground-grafana-provisioning")["data"]["datasource.yaml"]
        )

    assert asked({})["datasources"][0]["url"] == "http://playground-prometheus:9090"
    other = {"prometheus": {"enabled": False}, "grafana": {"prometheusUrl": "http://mimir.example:9009"}}
    assert asked(other)["datasources"][0]["url"] == "http://mimir.example:9009"
    with pytest.raises(Refused, match=r"Next: --set grafana.prometheusUrl"):
        asked({"prometheus": {"enabled": False}})


def test_grafana_reads_its_password_from_a_file_of_the_secret():
    rendered = render()
    settings = rendered.one("ConfigMap", "playground-grafana")["data"]
    secret = rendered.one("Secret", "playground-grafana")["stringData"]
    pod = rendered.pod("Deployment/playground-grafana").spec
    mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
    volume = next(one for one in pod["volumes"] if one.get("secret"))

    assert re.fullmatch(r"[A-Za-z0-9]{32}", secret["admin-password"])
    path = f"{mounts[volume['name']]}/{volume['secret']['items'][0]['path']}"
    assert settings["GF_SECURITY_ADMIN_PASSWORD__FILE"] == path
    assert settings["GF_AUTH_ANONYMOUS_ENABLED"] == "false"

    theirs = render({"grafana": {"auth": {"existingSecret": "mine", "passwordKey": "pw"}}})
    pod = theirs.pod("Deployment/playground-grafana").spec
    assert {"secretName": "mine", "items": [{"key": "pw", "path": "admin-password"}]} in [
        one.get("secret") for one in pod["volumes"]
    ]
    assert "playground-grafana" not in [one["metadata"]["name"] for one in theirs.of("Secret")]


def test_brokers_have_the_agent_for_themselves_alone():
    """A second Java in the pod, such as kafka-topics.sh, would find the agent's port taken, and end."""
    on, off = render(), render({"kafka": {"jmx": {"enabled": False}}})
    start = on.one("ConfigMap", "playground-kafka")["data"]["start.sh"]
    kafka = on.pod("StatefulSet/playground-kafka").spec

    assert start.index("kafka-storage.sh format") < start.index("-javaagent:/opt/jmx/") < start.index("exec ")
    assert "KAFKA_OPTS" not in [one["name"] for one in kafka["containers"][0]["env"]]
    assert kafka["initContainers"][0]["command"][:2] == ["cp", "/app/jmx-exporter.jar"]
    assert "javaagent" not in off.one("ConfigMap", "playground-kafka")["data"]["start.sh"]
    assert "jmx" not in json.dumps(off.pod("StatefulSet/playground-kafka").spec)


def address(config):
    """The Service and port that a scrape config finds its targets by."""
    if "static_configs" in config:
        service, _, port = config["static_configs"][0]["targets"][0].partition(":")
        return service, int(port)
    name = config["dns_sd_configs"][0]["names"][0]
    if service := re.fullmatch(r"_(\w+)\._tcp\.(.+)", name):
        return service[2], service[1]
    return name, config["dns_sd_configs"][0]["port"]


def job_of(monitor, component):
    """What the operator's Prometheus makes of a Service's component."""
    job = component
    for rule in monitor["endpoints"][0]["relabelings"]:
        if re.fullmatch(rule["regex"], component):
            job = rule["replacement"].replace("$1", component)
    return job
