"""Pods of no workload: what a cluster says of them and they say themselves, past the chart."""

import json

from playground.waiting import wait_until
from support.release import Release

READY_SECONDS = 60
STAY = ["python", "-c", "import signal; signal.pause()"]


def image_of(release: Release) -> str:
    """The image that the release's workers run."""
    (container,) = release.json("get", "pod", "playground-processor-1")["spec"]["containers"]
    return container["image"]


def manifest(name: str, image: str, command: list[str], **labels: str) -> str:
    """As little as a namespace that enforces `restricted` takes. Who it runs as is left to the image."""
    container = {
        "name": "main",
        "image": image,
        "command": command,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "containers": [container],
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    metadata = {"name": name, "labels": labels}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def start(release: Release, name: str, image: str, command: list[str], until: tuple[str, ...]) -> str:
    """Make such a pod and wait for a phase; the phase. Raises WaitTimeout with what the kubelet says."""
    release.kubectl("create", "-f", "-", given=manifest(name, image, command))
    seen: dict = {}

    def there() -> str | None:
        seen.update(release.json("get", "pod", name)["status"])
        return seen["phase"] if seen["phase"] in until else None

    try:
        return wait_until(there, f"pod {name} to be {' or '.join(until)}", READY_SECONDS, every=0.5)
    except Exception as error:
        error.add_note(str(seen.get("containerStatuses")))
        raise
