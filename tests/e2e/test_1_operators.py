"""What the chart makes for operators, before the API server that has these operators' own definitions.

They are fetched with Go's module client, in the versions below: they are of others, and large.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render, template
from support.prerequisites import missing

pytestmark = pytest.mark.e2e
FETCH_SECONDS = 300
# Module and version -> its definitions of the kinds that the chart makes.
DEFINITIONS = {
    "sigs.k8s.io/gateway-api@v1.4.0": ["config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"],
    "github.com/kedacore/keda/v2@v2.18.0": [
        "config/crd/bases/keda.sh_scaledobjects.yaml",
        "config/crd/bases/keda.sh_triggerauthentications.yaml",
    ],
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": [
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    ],
}
KINDS = {"HTTPRoute", "ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule"}
WANTED = {
    "api": {"httpRoute": {"annotations": {"a": "b"}, "hosts": ["play.example"]}},
    "monitoring": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    },
}


def fetched(module: str, folder: Path) -> Path:
    """Where Go's client has put a module."""
    words = ["go", "mod", "download", "-json", module]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    if done.returncode != 0:
        missing(f"{module} from Go's module proxy ({done.stdout.strip()} {done.stderr.strip()})")
    return Path(json.loads(done.stdout)["Dir"])


@pytest.fixture(scope="module")
def definitions(release, tmp_path_factory):
    """On the cluster as long as these tests run, but for those that it had before."""
    if shutil.which("go") is None:
        pytest.skip("go is not on PATH: the definitions of HTTPRoute, ScaledObject ... come as Go modules")
    folder = tmp_path_factory.mktemp("modules")
    files = [fetched(module, folder) / path for module, paths in DEFINITIONS.items() for path in paths]
    had = set(release.kubectl("get", "crd", "-o", "name").split())
    made: list[str] = []
    try:
        for file in files:
            # The plural's name and the group's, as in the name of the file.
            group, plural = file.stem.split("_")
            name = f"customresourcedefinition.apiextensions.k8s.io/{plural}.{group}"
            if name not in had:
                made.append(name)
                release.kubectl("create", "-f", str(file))
            release.kubectl("wait", "--for=condition=Established", name, "--timeout=60s")
        yield
    finally:
        if made:
            release.kubectl("delete", "--ignore-not-found", *made)


@pytest.mark.parametrize("more", [{}, EXTERNAL], ids=["all", "external"])
def test_operators_would_take_everything_that_is_made_for_them(release, definitions, more):
    values = merged(EVERYTHING, WANTED, more)
    kinds = {one["kind"] for one in render(values, release="other", namespace=release.namespace)}
    # Only a Kafka that wants a login has KEDA log in.
    assert kinds >= KINDS - (set() if more else {"TriggerAuthentication"})

    text = template(values, release="other", namespace=release.namespace)

    assert release.validate(text) == []
