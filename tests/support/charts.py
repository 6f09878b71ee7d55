"""The chart as `helm template` renders it, as Python dicts."""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]
CHART = Path(__file__).resolve().parents[2] / "charts/playground"
# helm's own idea of a cluster, when there is none, is older than what the chart asks for.
KUBE_VERSION = "1.34"
# Everything that can be switched on, whether or not it makes sense together.
EVERYTHING: Json = {
    "kafkaUi": {"enabled": True},
    "ksqldb": {"enabled": True},
    "prometheus": {"enabled": True},
    "grafana": {"enabled": True},
    "experiments": {"enabled": True, "signals": True},
    "api": {
        "replicas": 2,
        "ingress": {"enabled": True, "hosts": ["play.example"]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}]},
    },
    "workers": {"analytics": {"autoscaling": {"enabled": True}}, "processor": {"keda": {"enabled": True}}},
}
EXTERNAL: Json = {
    "kafka": {"enabled": False},
    "externalKafka": {
        "bootstrapServers": "one.example:9094,two.example:9095",
        "securityProtocol": "SASL_SSL",
        "sasl": {"username": "ann", "existingSecret": "broker-login"},
        "tls": {"existingSecret": "broker-authority"},
    },
    "database": {"enabled": False},
    "externalDatabase": {"existingSecret": "orders-address"},
}


class Refused(Exception):
    """helm did not render the chart; the message is what a person reads."""


class StrictLoader(yaml.CSafeLoader):
    """YAML in which a key that stands twice is a mistake, not a silent replacement."""


def _mapping(loader: StrictLoader, node: yaml.MappingNode) -> Json:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"a key stands twice in {keys}"
    values = [loader.construct_object(value, deep=True) for _, value in node.value]
    return dict(zip(keys, values, strict=True))


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class Pods:
    """One pod template: where it comes from, its metadata and its spec."""

    owner: str
    metadata: Json
    spec: Json

    @property
    def containers(self) -> list[Json]:
        """All of them, init containers included."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Rendered:
    """Every object of one rendering."""

    objects: list[Json] = field(default_factory=list)

    def __iter__(self) -> Iterator[Json]:
        return iter(self.objects)

    def of(self, *kinds: str) -> list[Json]:
        """Those of some kinds."""
        return [one for one in self.objects if one["kind"] in kinds]

    def one(self, kind: str, name: str) -> Json:
        """The object of this kind and name. Raises AssertionError listing the names there are."""
        found = {one["metadata"]["name"]: one for one in self.of(kind)}
        assert name in found, f"no {kind} {name}; there are {sorted(found)}"
        return found[name]

    def pods(self) -> list[Pods]:
        """Every pod that would run: of workloads, and single ones."""
        found = []
        for one in self.of("Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"):
            template = one if one["kind"] == "Pod" else one["spec"]["template"]
            owner = f"{one['kind']}/{one['metadata']['name']}"
            found.append(Pods(owner, template["metadata"], template["spec"]))
        return found

    def pod(self, owner: str) -> Pods:
        """The pod template of `Deployment/name`."""
        found = {one.owner: one for one in self.pods()}
        assert owner in found, f"no {owner}; there are {sorted(found)}"
        return found[owner]


def render(
    values: Json | None = None,
    *,
    release: str = "playground",
    namespace: str = "play",
    files: Sequence[str] = (),
    chart: Path = CHART,
    cluster: Path | None = None,
) -> Rendered:
    """What `helm template` makes of these values, on top of `files` of the chart.

    `cluster`: a kubeconfig; the chart looks at that cluster while it is rendered.
    Raises Refused with helm's message.
    """
    text = template(values, release=release, namespace=namespace, files=files, chart=chart, cluster=cluster)
    documents = yaml.load_all(text, Loader=StrictLoader)
    return Rendered([one for one in documents if one])


def template(
    values: Json | None = None,
    *,
    release: str = "playground",
    namespace: str = "play",
    files: Sequence[str] = (),
    chart: Path = CHART,
    cluster: Path | None = None,
) -> str:
    """The same as text. Raises Refused."""
    command = ["helm", "template", release, str(chart), "--namespace", namespace]
    command += ["--kube-version", KUBE_VERSION]
    for file in files:
        command += ["--values", str(chart / file)]
    command += ["--values", "-"]
    given = yaml.safe_dump(values or {})
    if cluster is None:
        return _run(tuple(command), given)
    return _run.__wrapped__((*command, "--dry-run=server", "--kubeconfig", str(cluster)), given)


@cache
def _run(command: tuple[str, ...], given: str) -> str:
    """Each rendering once in a session, unless a cluster has its say in it."""
    ran = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Refused(ran.stderr)
    return ran.stdout


def notes(values: Json | None = None, *, release: str = "playground", namespace: str = "play") -> str:
    """What `helm install` says at its end. Raises Refused."""
    text = template(values, release=release, namespace=namespace, chart=_chart_that_tells_its_notes())
    told = next(one for one in yaml.safe_load_all(text) if one and "notes" in one)
    return str(told["notes"])


@cache
def _chart_that_tells_its_notes() -> Path:
    """A copy of the chart: `helm template` leaves the notes out, unless they are part of a document."""
    copied = Path(tempfile.mkdtemp(prefix="playground-chart-")) / "playground"
    atexit.register(shutil.rmtree, copied.parent)
    shutil.copytree(CHART, copied)
    (copied / "templates/notes.yaml").write_text(
        'notes: {{ include (printf "%s/NOTES.txt" .Template.BasePath) . | toJson }}\n'
    )
    return copied


def without_secrets(text: str) -> str:
    """A rendering in which what is made by chance is masked, so that two can be compared."""
    text = re.sub(r"(?m)^(\s+(?:\S*password)): \S+$", r"\1: MASKED", text)
    return re.sub(r"(postgresql://playground:)[^@]+@", r"\1MASKED@", text)


def merged(*several: Json) -> Json:
    """Values upon values, as helm merges them; what is given stays as it is."""
    result: Json = {}
    for values in several:
        for key, value in values.items():
            before = result.get(key)
            both = isinstance(before, dict) and isinstance(value, dict)
            result[key] = merged(before, value) if both else deepcopy(value)
    return result
