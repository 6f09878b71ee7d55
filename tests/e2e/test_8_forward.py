"""A client on this machine, where the brokers have no port of a node: through `kubectl port-forward`."""

import pytest
from support.foreign_client import advertised, round_trip

pytestmark = pytest.mark.e2e
SERVICE = "playground-kafka-external-0"


def test_it_produces_and_consumes_through_a_forward(release):
    """By the address that the brokers themselves give out."""
    spec = release.json("get", "service", SERVICE)["spec"]
    assert spec["type"] == "ClusterIP"
    port = spec["ports"][0]["port"]
    with release.forward(SERVICE, port, here=port, http=False):
        assert advertised(f"localhost:{port}") == {f"localhost:{port}"}
        round_trip(f"localhost:{port}")
