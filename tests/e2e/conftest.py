"""A real cluster with the chart installed on it, one for the whole session.

Where `PLAYGROUND_TEST_KUBECONFIG` names a kubeconfig, that cluster is used and left as it was found; else
kind makes one. `PLAYGROUND_TEST_VALUES` names a values file for clusters that take images from elsewhere.
The tests of these files are one story on one release: the files' numbers are their order.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from pytest_kind import KindCluster
from support.known_values import for_chart
from support.prerequisites import missing
from support.release import CHART, ROOT, Release, System

PROGRAMS = ("docker", "kind", "helm", "kubectl")
CLUSTER = "playground-test"
NODES = Path(__file__).with_name("kind.yaml")
VALUES = Path(__file__).with_name("values.yaml")
NAMESPACE = "playground-test"
IMAGE = "playground:e2e"


def given(name: str) -> Path | None:
    """A path out of the tests' own variables."""
    value = os.environ.get(name)  # noqa: TID251 - the tests' own switch
    return Path(value).expanduser().absolute() if value else None


@pytest.fixture(scope="session")
def mapped_port():
    """The port of the first broker on this machine: kind.yaml maps it. Another's cluster may map nothing."""
    if given("PLAYGROUND_TEST_KUBECONFIG") is not None:
        pytest.skip("the cluster is not of kind.yaml, which maps a node's port to this machine")
    return yaml.safe_load(VALUES.read_text())["kafka"]["external"]["port"]


@pytest.fixture(scope="session")
def kubeconfig():
    """Of a cluster with two nodes that take pods, and the images on it that this machine has."""
    own = given("PLAYGROUND_TEST_KUBECONFIG")
    wanted = PROGRAMS if own is None else ("helm", "kubectl")
    if absent := [program for program in wanted if shutil.which(program) is None]:
        missing(f"{', '.join(absent)} (for tests on a cluster)")
    if own is not None:
        yield own
        return
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        missing("a docker that runs")
    cluster = KindCluster(
        CLUSTER, kind_path=Path(shutil.which("kind")), kubectl_path=Path(shutil.which("kubectl"))
    )
    try:
        cluster.create(NODES)
        kubeconfig = cluster.kubeconfig_path.absolute()
        # It fails on nodes without the taint, after it has taken it from the others.
        Release(kubeconfig, "default").run(
            "kubectl", "taint", "nodes", "--all", "node-role.kubernetes.io/control-plane-", check=False
        )
        load_images(cluster)
        yield kubeconfig
    finally:
        cluster.delete()


def load_images(cluster: KindCluster) -> None:
    """Our own, built now; of the others those that docker has here, so that nodes need not fetch them."""
    subprocess.run(
        ["docker", "build", "-q", "-t", IMAGE, "-f", "images/playground/Dockerfile", "."],
        cwd=ROOT,
        check=True,
    )
    here = subprocess.run(
        ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for image in [IMAGE, *sorted(set(rendered_images()) & set(here))]:
        cluster.load_docker_image(image)


def rendered_images() -> list[str]:
    """Every image of the chart with the tests' values."""
    values = [word for path in values_files() for word in ("--values", str(path))]
    text = subprocess.run(
        ["helm", "template", "playground", str(ROOT / "charts/playground"), "--kube-version=1.34", *values],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [line.split()[-1].strip('"') for line in text.splitlines() if line.strip().startswith("image: ")]


def values_files() -> list[Path]:
    """The tests' own, and those of the machine."""
    return [VALUES, *filter(None, [given("PLAYGROUND_TEST_VALUES")])]


@pytest.fixture(scope="session")
def release(kubeconfig, previous, tmp_path_factory):
    """A release in a namespace of its own: of the chart before this one, which the first test upgrades."""
    folder = tmp_path_factory.mktemp("release")
    found = Release(kubeconfig, NAMESPACE, values_files(), folder)
    found.create_namespace()
    first = previous or CHART
    try:
        try:
            # What is newer than the first chart, it would refuse.
            found.install(first, values=for_chart(first, values_files(), folder))
        except AssertionError:
            found.keep_traces(ROOT / ".e2e-traces" / "install")
            raise
        yield found
    finally:
        found.run("kubectl", "delete", "namespace", NAMESPACE, "--wait=false", check=False)


@pytest.fixture(scope="session")
def previous(tmp_path_factory):
    """The chart of the previous commit; None where there is none."""
    folder = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(
        ["git", "archive", "HEAD~1", "charts", "monitoring"], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        return None
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder / "charts/playground"


@pytest.fixture(scope="session")
def system(release):
    """The release as a customer reaches it, whatever becomes of its pods."""
    with release.forward("playground-api", 8000) as api:
        yield System(release, api)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """After a failure: what the cluster looked like, kept in a folder that the report names."""
    report = yield
    releases = [each for each in item.funcargs.values() if isinstance(each, Release)]
    for found in releases if report.failed else []:
        folder = ROOT / ".e2e-traces" / item.name / found.namespace
        found.keep_traces(folder)
        report.sections.append(("the cluster", f"logs, events and descriptions: {folder}"))
    return report
