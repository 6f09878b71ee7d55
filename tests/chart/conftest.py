"""Rendering the chart needs helm, and a cluster at most to look at."""

import shutil

import pytest
from support.charts import render
from support.fake_cluster import FakeCluster
from support.prerequisites import missing


@pytest.fixture(scope="session", autouse=True)
def helm():
    """The program, on PATH."""
    if shutil.which("helm") is None:
        missing("helm on PATH")


@pytest.fixture
def on(tmp_path):
    """Render with the chart looking at a cluster of these objects."""

    def on(*objects, values=None, forbidden=(), **options):
        with FakeCluster(tmp_path, *objects, forbidden=forbidden) as cluster:
            return render(values, cluster=cluster.kubeconfig, **options)

    return on
