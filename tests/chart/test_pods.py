"""What holds for every pod of every rendering, ours or not."""

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render

RENDERINGS = {"default": {}, "everything": EVERYTHING, "external": merged(EVERYTHING, EXTERNAL)}


# Pods that talk to Kubernetes.
WITH_A_TOKEN = {
    "default": set(),
    "everything": {"Deployment/playground-api"},
    "external": {"Deployment/playground-api"},
}


@pytest.fixture(params=RENDERINGS, scope="module")
def rendered(request):
    return render(RENDERINGS[request.param])


def test_service_links_are_off(rendered):
    """A Service called kafka would give every pod KAFKA_PORT=tcp://..., which Kafka's scripts refuse."""
    for pods in rendered.pods():
        assert pods.spec["enableServiceLinks"] is False, pods.owner


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_nobody_has_a_token_but_who_talks_to_kubernetes(rendering):
    every = render(RENDERINGS[rendering]).pods()

    assert all(isinstance(pods.spec["automountServiceAccountToken"], bool) for pods in every)
    assert {pods.owner for pods in every if pods.spec["automountServiceAccountToken"]} == WITH_A_TOKEN[
        rendering
    ]
    assert {pods.owner for pods in every if "serviceAccountName" in pods.spec} == WITH_A_TOKEN[rendering]


def test_pods_pass_the_restricted_standard(rendered):
    for pods in rendered.pods():
        context = pods.spec["securityContext"]
        assert context["runAsNonRoot"] is True, pods.owner
        assert context["runAsUser"] > 0, pods.owner
        assert context["runAsGroup"] > 0, pods.owner
        assert context["fsGroup"] > 0, pods.owner
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, pods.owner
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pods.spec), pods.owner
        for container in pods.containers:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, f"{pods.owner} {container['name']}"


def test_volumes_are_of_the_restricted_kinds(rendered):
    allowed = {"configMap", "emptyDir", "secret", "projected", "persistentVolumeClaim", "downwardAPI"}
    for pods in rendered.pods():
        for volume in pods.spec.get("volumes", []):
            assert set(volume) - {"name"} <= allowed, f"{pods.owner} {volume['name']}"


def test_every_container_says_what_it_needs(rendered):
    for pods in rendered.pods():
        for container in pods.containers:
            resources = container["resources"]
            assert resources["limits"]["memory"], f"{pods.owner} {container['name']}"
            assert resources["requests"]["memory"], f"{pods.owner} {container['name']}"
            assert resources["requests"]["cpu"], f"{pods.owner} {container['name']}"


def test_every_java_has_a_heap_of_its_own(rendered):
    """A JVM sizes its heap by the node's memory, not the pod's."""
    java = [
        container
        for pods in rendered.pods()
        for container in pods.containers
        if any(word in container["image"] for word in ("apache/kafka:", "ksqldb", "kafka-ui"))
    ]

    for container in java:
        heap = [one.get("value", "") for one in container["env"] if "-Xmx" in one.get("value", "")]
        assert heap, container["name"]


def test_every_mounted_volume_exists_and_every_volume_is_mounted(rendered):
    claims = {
        f"StatefulSet/{one['metadata']['name']}": {
            claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])
        }
        for one in rendered.of("StatefulSet")
    }
    for pods in rendered.pods():
        there = {one["name"] for one in pods.spec.get("volumes", [])} | claims.get(pods.owner, set())
        mounted = {one["name"] for container in pods.containers for one in container.get("volumeMounts", [])}
        assert mounted == there, pods.owner
