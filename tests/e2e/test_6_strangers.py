"""Connections that the NetworkPolicies are to refuse, beside the same ones that they let through."""

import json

import pytest
from support.bare_pods import STAY, image_of, start
from support.release import Release

pytestmark = pytest.mark.e2e
ELSEWHERE = "playground-test-stranger"
# A name that is not known ends the program: that would be no refusal.
PROBE = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def connected(address):
    host, port = address.split(":")
    socket.getaddrinfo(host, port)
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True

with ThreadPoolExecutor() as pool:
    print(json.dumps(list(pool.map(connected, sys.argv[1:]))))
"""


@pytest.fixture
def strangers(release):
    """Pods that nobody mentioned to the release: one beside it, one in another namespace."""
    elsewhere = Release(release.kubeconfig, ELSEWHERE)
    elsewhere.create_namespace()
    image = image_of(release)
    try:
        for found in (release, elsewhere):
            start(found, "stranger", image, STAY, ("Running",))
        yield {"beside it": release, "elsewhere": elsewhere}
    finally:
        release.kubectl("delete", "pod", "stranger", "--ignore-not-found", "--wait=false")
        elsewhere.run("kubectl", "delete", "namespace", ELSEWHERE, "--wait=false", check=False)


def test_strangers_reach_nothing_where_a_worker_reaches_everything(release, strangers):
    services = [
        f"playground-{name}.{release.namespace}.svc:{port}"
        for name, port in (("kafka", 9092), ("database", 5432), ("api", 8000))
    ]

    def connected(found: Release, pod: str) -> list[bool]:
        return json.loads(found.kubectl("exec", pod, "--", "python", "-c", PROBE, *services))

    everything, nothing = [True] * len(services), [False] * len(services)
    assert connected(release, "playground-processor-1") == everything
    reached = {where: connected(found, "stranger") for where, found in strangers.items()}
    assert reached == {"beside it": nothing, "elsewhere": nothing}, services
    assert connected(release, "playground-processor-1") == everything
