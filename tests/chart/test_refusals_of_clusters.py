"""What the chart sees of a cluster before it makes anything."""

import pytest
from support.charts import CHART, EXTERNAL, Refused, render
from support.cluster_objects import LARGE, node, secret, stateful_set

NODE_ITSELF = {"memory": 700, "cpu": 500}  # MiB, thousandths of a CPU


def needed(rendered):
    """MiB and thousandths of a CPU that the pods of a rendering ask for."""
    memory = cpu = 0
    for one in rendered.of("StatefulSet", "Deployment", "Job"):
        requests = one["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
        assert requests["memory"].endswith("Mi")
        assert requests["cpu"].endswith("m")
        memory += int(requests["memory"][:-2]) * one["spec"].get("replicas", 1)
        cpu += int(requests["cpu"][:-1]) * one["spec"].get("replicas", 1)
    return memory, cpu


def test_the_first_release_of_a_namespace_is_welcome(on):
    assert on(LARGE)


def test_a_second_release_in_a_namespace_is_refused(on):
    with pytest.raises(
        Refused, match=r"Release first of this chart is already in namespace play(.|\n)*Next: .*-n ANOTHER"
    ):
        on(LARGE, stateful_set("first-playground-kafka", "first"))
    assert on(LARGE, stateful_set())
    somebody = stateful_set("db", "db")
    somebody["metadata"]["labels"]["app.kubernetes.io/name"] = "postgresql"
    assert on(LARGE, somebody)


def test_a_secret_that_does_not_exist_is_refused(on):
    values = {"database": {"auth": {"existingSecret": "orders-login"}}}

    with pytest.raises(
        Refused,
        match=r"database\.auth\.existingSecret: there is no Secret orders-login in namespace play\."
        r"\nNext: kubectl -n play create secret generic orders-login "
        r"--from-literal password=VALUE --from-literal url=VALUE",
    ):
        on(LARGE, values=values)
    with pytest.raises(Refused, match=r"the Secret orders-login has no key url; it has password\."):
        on(LARGE, secret("orders-login", {"password": "p"}), values=values)
    assert on(LARGE, secret("orders-login", {"password": "p", "url": "u"}), values=values)


@pytest.mark.parametrize("absent", ["orders-address", "broker-login", "broker-authority"])
def test_every_secret_of_external_parts_is_looked_for(on, absent):
    secrets = {
        "orders-address": secret("orders-address", {"url": "u"}),
        "broker-login": secret("broker-login", {"password": "p"}),
        "broker-authority": secret("broker-authority", {"ca.crt": "c"}),
    }

    assert on(LARGE, *secrets.values(), values=EXTERNAL)
    del secrets[absent]
    with pytest.raises(Refused, match=f"there is no Secret {absent}"):
        on(LARGE, *secrets.values(), values=EXTERNAL)


def test_a_secret_to_pull_images_with_is_looked_for(on):
    values = {"global": {"imagePullSecrets": [{"name": "first"}, {"name": "mirror-login"}]}}
    first = secret("first", {".dockerconfigjson": "{}"})

    with pytest.raises(
        Refused,
        match=r"global\.imagePullSecrets: there is no Secret mirror-login in namespace play\."
        r"\nNext: kubectl -n play create secret docker-registry mirror-login --docker-server=",
    ):
        on(LARGE, first, values=values)
    assert on(LARGE, first, secret("mirror-login", {".dockerconfigjson": "{}"}), values=values)


def test_a_certificate_may_be_made_later(on):
    tls = [{"hosts": ["play.example"], "secretName": "not-yet"}]

    assert on(LARGE, values={"api": {"ingress": {"enabled": True, "hosts": ["play.example"], "tls": tls}}})


SIZES = [{}, {"kafka": {"nodes": 3}, "workers": {"load": {"replicas": 4}}}]


@pytest.mark.parametrize("values", SIZES)
def test_too_little_memory_is_refused_with_the_numbers(on, values):
    memory, _ = needed(render(values))
    enough = memory + NODE_ITSELF["memory"]

    assert on(node(f"{enough}Mi"), values=values)
    assert on(node(f"{enough * 1024 * 1024}"), values=values)
    with pytest.raises(
        Refused,
        match=rf"ask for {memory} MiB of memory, and the 1 nodes that take pods have {memory - 1} MiB "
        r"for them, besides the 700 MiB that a node needs for itself\.\nNext: a larger node",
    ):
        on(node(f"{enough * 1024 - 1}Ki"), values=values)
    assert on(node("1Mi"), values=values | {"checks": {"nodeMemory": False}})


@pytest.mark.parametrize("values", SIZES)
def test_too_little_cpu_is_refused_with_the_numbers(on, values):
    _, cpu = needed(render(values))
    enough = cpu + NODE_ITSELF["cpu"]

    assert on(node("16Gi", cpu=f"{enough}m"), values=values)
    assert on(node("16Gi", cpu=str(-(-enough // 1000))), values=values)
    with pytest.raises(
        Refused,
        match=rf"ask for {cpu}m of CPU, and the 1 nodes that take pods have {cpu - 1}m for them, "
        r"besides the 500m that a node needs for itself\.\nNext: a larger node",
    ):
        on(node("16Gi", cpu=f"{enough - 1}m"), values=values)


def test_what_the_kubelet_sets_aside_is_for_the_node_itself(on):
    memory, _ = needed(render())
    aside, more = {"memory": f"{memory}Mi"}, {"memory": f"{memory - 1}Mi"}

    assert on(node(f"{memory + 700}Mi", reserved=aside))
    with pytest.raises(Refused, match=rf"have {memory - 1} MiB for them"):
        on(node(f"{memory + 900}Mi", reserved=more))


@pytest.mark.parametrize(("profile", "memory"), [("tiny", "2Gi"), ("default", "4Gi"), ("full", "6Gi")])
def test_a_profile_is_let_onto_the_node_that_it_is_for(on, profile, memory):
    files = () if profile == "default" else (f"values-{profile}.yaml",)

    assert on(node(memory, cpu="2"), files=files)


def test_nodes_together_are_enough_if_each_pod_fits_one(on):
    memory, cpu = needed(render())
    half = {"memory": f"{memory // 2 + 1 + 700}Mi", "cpu": f"{cpu // 2 + 500}m"}

    assert on(node(**half), node(**half, name="two"))
    with pytest.raises(
        Refused, match=r"A pod of kafka asks for 640 MiB .* largest node that takes pods has 500 MiB"
    ):
        on(*[node("1200Mi", str(number)) for number in range(9)])
    with pytest.raises(
        Refused, match=r"A pod of kafka asks for 200m of CPU.* largest node that takes pods has 100m"
    ):
        on(*[node("16Gi", str(number), cpu="0.6") for number in range(9)])


@pytest.mark.parametrize(
    "spec", [{"unschedulable": True}, {"taints": [{"key": "control-plane", "effect": "NoSchedule"}]}]
)
def test_nodes_that_take_no_pods_do_not_count(on, spec):
    with pytest.raises(Refused, match=r"the 1 nodes that take pods have 100 MiB"):
        on(node("800Mi"), node("16Gi", "two", **spec))


def test_whoever_may_not_list_nodes_switches_the_look_at_them_off(on):
    """Helm ends at the first look it is refused, with Kubernetes' words; ours are in the documents."""
    with pytest.raises(Refused, match="nodes is forbidden"):
        on(forbidden=("Node",))
    assert on(forbidden=("Node",), values={"checks": {"nodeMemory": False}})
    for document in ("README.md", "values.yaml"):
        assert "`nodes is forbidden" in (CHART / document).read_text(), document
