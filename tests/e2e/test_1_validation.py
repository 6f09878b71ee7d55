"""Every part of the chart before the cluster's own API server, also those that no image is there to run."""

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, template

pytestmark = pytest.mark.e2e
# These two are of kinds that a cluster has only when an operator brought them.
WITHOUT_OPERATORS = {
    "api": {"httpRoute": {"enabled": False}},
    "workers": {"processor": {"keda": {"enabled": False}}},
}


@pytest.mark.parametrize("more", [{}, EXTERNAL, {"kafka": {"nodes": 3}}], ids=["all", "external", "three"])
def test_the_cluster_would_take_everything_without_a_warning(release, more):
    """The namespace enforces and warns of `restricted`: a pod that is not would be a warning."""
    release.kubectl(
        "label", "namespace", release.namespace, "pod-security.kubernetes.io/warn=restricted", "--overwrite"
    )
    values = merged(EVERYTHING, WITHOUT_OPERATORS, more)
    text = template(values, release="other", namespace=release.namespace)

    assert release.validate(text) == []
