"""Labels, selectors and names: what must never change, and what one label selects."""

import re
import shutil

import pytest
from support.charts import CHART, EVERYTHING, Refused, merged, render

NAME, INSTANCE, COMPONENT = (f"app.kubernetes.io/{key}" for key in ("name", "instance", "component"))
STABLE = {NAME, INSTANCE, COMPONENT}


@pytest.fixture(scope="module")
def rendered():
    return render(EVERYTHING)


def test_metadata_holds_what_kubernetes_knows(rendered):
    for one in rendered:
        assert set(one["metadata"]) <= {"name", "namespace", "labels", "annotations"}, one["metadata"]["name"]


def test_every_object_carries_the_recommended_labels(rendered):
    for one in rendered:
        labels = one["metadata"]["labels"]
        name = f"{one['kind']}/{one['metadata']['name']}"
        assert labels[NAME] == "playground", name
        assert labels[INSTANCE] == "playground", name
        assert labels[COMPONENT], name
        assert labels["app.kubernetes.io/part-of"] == "kafka-streaming-playground", name


def test_a_selector_is_name_instance_component_and_nothing_that_changes(rendered):
    """Selectors and volume claims cannot be changed by an upgrade: a version in them ends all upgrades."""
    for one in rendered.of("Deployment", "StatefulSet"):
        owner = f"{one['kind']}/{one['metadata']['name']}"
        selector = one["spec"]["selector"]["matchLabels"]
        worker = {"worker"} if selector[COMPONENT] == "workers" else set()
        assert set(selector) == STABLE | worker, owner
        assert selector.items() <= one["spec"]["template"]["metadata"]["labels"].items(), owner
        for claim in one["spec"].get("volumeClaimTemplates", []):
            assert set(claim["metadata"]["labels"]) == STABLE, owner


def test_a_new_version_of_the_chart_restarts_nothing(rendered, tmp_path):
    newer = tmp_path / "playground"
    shutil.copytree(CHART, newer)
    about = newer / "Chart.yaml"
    version = next(line for line in about.read_text().splitlines() if line.startswith("version:"))
    about.write_text(about.read_text().replace(version, "version: 99.9.9"))

    after = render(EVERYTHING, chart=newer)

    assert [pods for pods in after.pods() if pods.metadata["labels"][COMPONENT] != "tests"] == [
        pods for pods in rendered.pods() if pods.metadata["labels"][COMPONENT] != "tests"
    ]


def test_services_select_pods_of_this_release_only(rendered):
    for service in rendered.of("Service"):
        chosen = service["spec"]["selector"]
        hits = {
            pods.owner
            for pods in rendered.pods()
            if {key: chosen[key] for key in STABLE}.items() <= pods.metadata["labels"].items()
        }
        assert hits, service["metadata"]["name"]
        assert {owner.split("/")[0] for owner in hits} <= {"Deployment", "StatefulSet"}


def test_every_port_a_service_leads_to_is_open_in_its_pods(rendered):
    for service in rendered.of("Service"):
        chosen = service["spec"]["selector"]
        for pods in rendered.pods():
            if chosen[COMPONENT] != pods.metadata["labels"][COMPONENT]:
                continue
            names = {
                port["name"] for one in pods.containers for port in one.get("ports", []) if "name" in port
            }
            for port in service["spec"]["ports"]:
                target = port.get("targetPort", port["port"])
                assert isinstance(target, int) or target in names, f"{service['metadata']['name']} {target}"


def test_a_release_of_another_name_keeps_to_itself():
    rendered = render(release="mine")

    names = {one["metadata"]["name"] for one in rendered}
    assert all(name.startswith("mine-playground-") for name in names)
    assert rendered.one("StatefulSet", "mine-playground-processor")


# A release's name is followed by -playground; 35 characters are what the names of pods leave.
LONGEST = [("a" * 24, {}), ("a" * 53, {"fullnameOverride": "a" * 35})]
TOO_LONG = [("a" * 25, {}), ("a", {"fullnameOverride": "a" * 36})]
DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


@pytest.mark.parametrize(("release", "values"), TOO_LONG, ids=["release", "fullnameOverride"])
def test_a_name_that_is_too_long_is_refused_with_the_next_step(release, values):
    with pytest.raises(Refused, match=r"is too long: 36 characters, at most 35(.|\n)*fullnameOverride"):
        render(values, release=release)


@pytest.mark.parametrize(("release", "values"), LONGEST, ids=["release", "fullnameOverride"])
def test_every_name_fits_kubernetes_even_at_its_longest(release, values):
    """A pod's name is also a host name (63), and a StatefulSet's one becomes a label with a hash behind."""
    more = {"kafka": {"nodes": 3}, "workers": {"w" * 16: {"job": "processor", "replicas": 32}}}
    rendered = render(merged(EVERYTHING, more, values), release=release)

    for one in rendered:
        name = one["metadata"]["name"]
        assert DNS_LABEL.fullmatch(name), name
        assert len(name) <= 63, name
        if one["kind"] == "StatefulSet":
            assert len(name) <= 52, name
            assert len(f"{name}-{one['spec'].get('replicas', 32)}") <= 63, name
        for label in one["metadata"]["labels"].values():
            assert len(label) <= 63, f"{name} {label}"
    assert max(len(one["metadata"]["name"]) for one in rendered.of("StatefulSet")) == 52


def test_names_of_objects_are_unique(rendered):
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered]

    assert len(names) == len(set(names))
