"""What the chart sees of a cluster before it makes anything, and what it keeps of an earlier install."""

import base64

import pytest
from support.charts import EXTERNAL, Refused, render
from support.fake_cluster import FakeCluster


@pytest.fixture
def on(tmp_path):
    """Render with the chart looking at a cluster of these objects."""

    def on(*objects, values=None, forbidden=(), **options):
        with FakeCluster(tmp_path, *objects, forbidden=forbidden) as cluster:
            return render(values, cluster=cluster.kubeconfig, **options)

    return on


def node(memory, name="one", **spec):
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name},
        "spec": spec,
        "status": {"allocatable": {"memory": memory}},
    }


def secret(name, data):
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}, "data": encoded}


def stateful_set(name="playground-kafka", instance="playground", replicas=1, size="4Gi", **claim):
    """One with a volume, unless its size is None; `claim`: more of what the volume is to be."""
    labels = {"app.kubernetes.io/name": "playground", "app.kubernetes.io/instance": instance}
    spec = {"resources": {"requests": {"storage": size}}} | claim
    claims = [{"metadata": {"name": "data"}, "spec": spec}] if size else []
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas} | ({"volumeClaimTemplates": claims} if claims else {}),
    }


LARGE = node("16Gi")


def needed(rendered):
    """MiB that the pods of a rendering ask for."""
    total = 0
    for one in rendered.of("StatefulSet", "Deployment", "Job"):
        requests = one["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
        assert requests["memory"].endswith("Mi")
        total += int(requests["memory"][:-2]) * one["spec"].get("replicas", 1)
    return total


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


@pytest.mark.parametrize("values", [{}, {"kafka": {"nodes": 3}, "workers": {"load": {"replicas": 4}}}])
def test_a_node_that_is_too_small_is_refused_with_the_numbers(on, values):
    memory = needed(render(values))

    assert on(node(f"{memory}Mi"), values=values)
    assert on(node(f"{memory * 1024 * 1024}"), values=values)
    with pytest.raises(
        Refused,
        match=rf"ask for {memory} MiB of memory, and the 1 nodes that take pods have {memory - 1} MiB",
    ):
        on(node(f"{memory * 1024 - 1}Ki"), values=values)
    assert on(node("1Mi"), values=values | {"checks": {"nodeMemory": False}})


def test_nodes_together_are_enough_if_each_pod_fits_one(on):
    half = f"{needed(render()) // 2 + 700}Mi"

    assert on(node(half), node(half, "two"))
    with pytest.raises(
        Refused, match=r"A pod of kafka asks for 640 MiB .* largest node that takes pods has 500 MiB"
    ):
        on(*[node("500Mi", str(number)) for number in range(9)])


@pytest.mark.parametrize(
    "spec", [{"unschedulable": True}, {"taints": [{"key": "control-plane", "effect": "NoSchedule"}]}]
)
def test_nodes_that_take_no_pods_do_not_count(on, spec):
    with pytest.raises(Refused, match=r"the 1 nodes that take pods have 100 MiB"):
        on(node("100Mi"), node("16Gi", "two", **spec))


def test_whoever_may_not_list_nodes_switches_the_look_at_them_off(on):
    with pytest.raises(Refused, match=r"checks\.nodeMemory(.|\n)*forbidden"):
        on(forbidden=("Node",))
    assert on(forbidden=("Node",), values={"checks": {"nodeMemory": False}})


def test_the_number_of_brokers_cannot_change_later(on):
    with pytest.raises(
        Refused, match=r"kafka\.nodes is 3, but this release was installed with 1(.|\n)*kafka\.nodes=1"
    ):
        on(LARGE, stateful_set(), values={"kafka": {"nodes": 3}})


VOLUMES = {"kafka": "4Gi", "database": "2Gi", "prometheus": "2Gi"}


@pytest.fixture(params=VOLUMES)
def part(request):
    """Each part that has a volume."""
    return request.param


def test_the_size_of_a_volume_cannot_change_later(on, part):
    installed = stateful_set(f"playground-{part}", size=VOLUMES[part])

    assert on(LARGE, installed)
    with pytest.raises(
        Refused,
        match=rf"{part}\.persistence\.size is 9Gi, but the volume was made with {VOLUMES[part]}"
        rf"(.|\n)*Next: --set {part}\.persistence\.size={VOLUMES[part]}\n",
    ):
        on(LARGE, installed, values={part: {"persistence": {"size": "9Gi"}}})


def test_persistence_cannot_be_switched_later(on, part):
    path = rf"{part}\.persistence\.enabled"
    kept, lost = (
        stateful_set(f"playground-{part}", size=VOLUMES[part]),
        stateful_set(f"playground-{part}", size=None),
    )
    without = {part: {"persistence": {"enabled": False}}}

    assert on(LARGE, lost, values=without)
    with pytest.raises(
        Refused,
        match=rf"{path} is false, but this release was installed with a volume(.|\n)*Next: --set {path}=true",
    ):
        on(LARGE, kept, values=without)
    with pytest.raises(
        Refused,
        match=rf"{path} is true, but this release was installed without a volume"
        rf"(.|\n)*Next: --set {path}=false",
    ):
        on(LARGE, lost)


def test_the_storage_class_of_a_volume_cannot_change_later(on, part):
    path = rf"{part}\.persistence\.storageClass"
    own = {part: {"persistence": {"storageClass": "fast"}}}
    every = {"global": {"storageClass": "fast"}}
    plain = stateful_set(f"playground-{part}", size=VOLUMES[part])
    fast = stateful_set(f"playground-{part}", size=VOLUMES[part], storageClassName="fast")

    assert on(LARGE, fast, values=own)
    assert on(LARGE, fast, values=every)
    with pytest.raises(
        Refused, match=rf"{path} is empty, but the volume was made with fast(.|\n)*Next: --set {path}=fast"
    ):
        on(LARGE, fast)
    with pytest.raises(
        Refused, match=rf"{path} is fast, but .* made with the cluster's default(.|\n)*Next: --set {path}=,"
    ):
        on(LARGE, plain, values=own)
    with pytest.raises(
        Refused,
        match=r"global\.storageClass is fast, but .* default(.|\n)*Next: --set global\.storageClass=,",
    ):
        on(LARGE, plain, values=every)


def test_a_generated_password_is_kept_over_upgrades(on):
    before = secret("playground-database", {"password": "as-it-was", "url": "postgresql://as-it-was"})

    data = on(LARGE, before).one("Secret", "playground-database")["stringData"]

    assert data == {
        "password": "as-it-was",
        "url": "postgresql://playground:as-it-was@playground-database:5432/playground",
    }
