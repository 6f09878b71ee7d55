"""The profiles of the chart: what each renders to is kept in golden/, and fits the node it is meant for."""

import pytest
from support.charts import CHART, render
from support.golden import GOLDEN, PROFILES, golden


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_renders_to_what_was_reviewed(profile):
    assert (GOLDEN / f"{profile}.yaml").read_text() == golden(profile), "look at it, then `make chart-golden`"


def test_every_profile_is_kept_and_described():
    files = {path.stem.removeprefix("values-") for path in CHART.glob("values-*.yaml")}

    assert files == set(PROFILES) - {"default"}
    for profile in files:
        assert f"`values-{profile}.yaml`" in (CHART / "README.md").read_text()


# What the pods of a profile ask for must leave room for Kubernetes itself on the node it is meant for.
NODES = {"tiny": 2048, "default": 4096, "full": 6144}
KUBERNETES = 700


@pytest.mark.parametrize("profile", NODES)
def test_a_profile_fits_its_node(profile):
    files = () if profile == "default" else (f"values-{profile}.yaml",)

    asked = sum(
        mebibytes(pods.spec["containers"][0]) * replicas for pods, replicas in running(render(files=files))
    )

    assert asked <= NODES[profile] - KUBERNETES


def running(rendered):
    """Pods that stay, with their number."""
    for one in rendered.of("Deployment", "StatefulSet"):
        yield rendered.pod(f"{one['kind']}/{one['metadata']['name']}"), one["spec"].get("replicas", 1)


def mebibytes(container):
    memory = container["resources"]["requests"]["memory"]
    assert memory.endswith("Mi")
    return int(memory.removesuffix("Mi"))


def test_ha_loses_one_of_anything_and_goes_on():
    rendered = render(files=["values-ha.yaml"])
    told = rendered.one("ConfigMap", "playground-kafka")["data"]["server.properties"]

    for setting in (
        "default.replication.factor=3",
        "min.insync.replicas=2",
        "offsets.topic.replication.factor=3",
        "transaction.state.log.min.isr=2",
        "share.coordinator.state.topic.replication.factor=3",
    ):
        assert setting in told
    settings = rendered.one("ConfigMap", "playground-settings")["data"]
    assert settings["PLAYGROUND_TOPIC_REPLICATION_FACTOR"] == "3"
    several = {pods.owner for pods, replicas in running(rendered) if replicas > 1}
    assert several >= {
        "StatefulSet/playground-kafka",
        "Deployment/playground-api",
        "StatefulSet/playground-processor",
    }
    budgets = [one["spec"]["selector"]["matchLabels"] for one in rendered.of("PodDisruptionBudget")]
    for owner in several:
        labels = rendered.pod(owner).metadata["labels"]
        assert any(chosen.items() <= labels.items() for chosen in budgets), owner
