"""What the API may do to the cluster: nothing; with `experiments.enabled` its own workers, and no more."""

import pytest
from support.charts import render

from playground.stack import MAX_REPLICAS

WORKERS = ["playground-analytics", "playground-load", "playground-processor"]
PODS = {f"{name}-{number}" for name in WORKERS for number in range(1, MAX_REPLICAS + 1)}
LOOKING = {("apps", "statefulsets", "list"), ("", "pods", "list")}
NAMED = {
    ("apps", "statefulsets", "get"),
    ("apps", "statefulsets", "patch"),
    ("", "configmaps", "get"),
    ("", "pods", "get"),
    ("", "pods", "delete"),
    ("", "pods/log", "get"),
}
SIGNALS = {("", "pods/exec", "create"), ("", "pods/exec", "get"), ("", "pods", "patch")}


def allowed(rendered):
    """Group, resource and verb of what is allowed: of everything in the namespace, and of named objects."""
    everything, named = set(), set()
    (role,) = rendered.of("Role")
    for rule in role["rules"]:
        names = rule.get("resourceNames")
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                (named if names else everything).update((group, resource, verb) for verb in rule["verbs"])
                if names:
                    assert set(names) <= PODS | set(WORKERS)
    return everything, named


@pytest.mark.parametrize(("signals", "more"), [(False, set()), (True, SIGNALS)])
def test_the_api_may_change_its_own_workers_and_nothing_else(signals, more):
    rendered = render({"experiments": {"enabled": True, "signals": signals}})

    assert allowed(rendered) == (LOOKING, NAMED | more)
    assert not rendered.of("ClusterRole", "ClusterRoleBinding")
    (binding,) = rendered.of("RoleBinding")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "playground-api", "namespace": "play"}]


def test_every_worker_that_may_be_there_can_be_named():
    (role,) = render({"experiments": {"enabled": True}}).of("Role")
    names = {name for rule in role["rules"] for name in rule.get("resourceNames", [])}

    assert names == PODS | set(WORKERS)
