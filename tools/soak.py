"""`make soak`: a release under load for half an hour. What do its pods take, and was one killed or restarted?

    make soak                                  the release in namespace `playground`
    make soak MINUTES=10 NAMESPACE=demo        another one, shorter
    python tools/soak.py --context kind-playground --minutes 10

Scales the load generator to one, and back. Exit code: 0 all pods lived through it, 1 one did not.
Needs kubectl, and metrics-server in the cluster for the memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field

UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
EVERY_SECONDS = 15


@dataclass
class Container:
    """One container of one pod, as long as it was watched. Memory in bytes."""

    limit: int | None
    restarts: int
    samples: list[int] = field(default_factory=list)
    ended: str = ""

    @property
    def peak(self) -> int:
        """The most it was seen to take."""
        return max(self.samples, default=0)


class Kubectl:
    """kubectl in one namespace."""

    def __init__(self, context: str, namespace: str) -> None:
        self._words = ["kubectl", *(["--context", context] if context else []), "--namespace", namespace]

    def __call__(self, *words: str) -> str:
        """Its output. Raises subprocess.CalledProcessError."""
        done = subprocess.run([*self._words, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def json(self, *words: str) -> dict:
        """Its output with `-o json`."""
        return json.loads(self(*words, "-o", "json"))


def main() -> int:
    """Watch, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--context", default="", help="of the kubeconfig; default: the current one")
    parser.add_argument("-n", "--namespace", default="playground")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--load", default="playground-load", help="the load generator's StatefulSet")
    given = parser.parse_args()
    kubectl = Kubectl(given.context, given.namespace)
    try:
        before = kubectl.json("get", "statefulset", given.load)["spec"]["replicas"]
        kubectl("scale", f"statefulset/{given.load}", "--replicas=1")
        try:
            seen = watch(kubectl, given.minutes * 60)
        finally:
            kubectl("scale", f"statefulset/{given.load}", f"--replicas={before}")
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return report(seen)


def watch(kubectl: Kubectl, seconds: float) -> dict[str, Container]:
    """Sample every pod that runs, until the time is over. Keys: pod/container."""
    seen: dict[str, Container] = {}
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        look(kubectl, seen)
        taken = sum(each.samples[-1] for each in seen.values() if each.samples and not each.ended)
        if sys.stderr.isatty():
            print(
                f"\r{left / 60:5.1f} min left, {taken / 2**20:,.0f} MiB", end="", file=sys.stderr, flush=True
            )
        time.sleep(min(EVERY_SECONDS, left))
    look(kubectl, seen)
    return seen


def look(kubectl: Kubectl, seen: dict[str, Container]) -> None:
    """Add one sample to each container that runs, and how those ended that were killed."""
    for pod in kubectl.json("get", "pods")["items"]:
        limits = {one["name"]: one["resources"].get("limits", {}) for one in pod["spec"]["containers"]}
        for status in pod["status"].get("containerStatuses", []):
            key = f"{pod['metadata']['name']}/{status['name']}"
            if key not in seen and pod["status"]["phase"] != "Running":
                continue  # a job that was done before
            found = seen.setdefault(
                key, Container(size(limits[status["name"]].get("memory")), status["restartCount"])
            )
            if status["restartCount"] > found.restarts:
                found.ended = status["lastState"].get("terminated", {}).get("reason", "restarted")
    for line in kubectl("top", "pods", "--containers", "--no-headers").splitlines():
        pod, name, _cpu, memory = line.split()
        if (key := f"{pod}/{name}") in seen:
            seen[key].samples.append(size(memory) or 0)


def report(seen: dict[str, Container]) -> int:
    """A table, and what is wrong with it."""
    print("| container | median MiB | peak MiB | limit MiB | samples | |")
    print("|---|---|---|---|---|---|")
    for key, each in sorted(seen.items()):
        median = sorted(each.samples)[len(each.samples) // 2] if each.samples else 0
        limit = f"{each.limit / 2**20:.0f}" if each.limit else "none"
        row = f"{median / 2**20:.0f} | {each.peak / 2**20:.0f} | {limit} | {len(each.samples)}"
        print(f"| {key} | {row} | {each.ended} |")
    together = sum(each.peak for each in seen.values())
    print(f"| together | | {together / 2**20:.0f} | | | |")
    ended = sorted(key for key, each in seen.items() if each.ended)
    unseen = sorted(key for key, each in seen.items() if not each.samples)
    if unseen:
        print(f"never measured (metrics-server?): {', '.join(unseen)}", file=sys.stderr)
    if ended:
        print(f"killed or restarted: {', '.join(ended)}", file=sys.stderr)
    return 1 if ended or unseen or not seen else 0


def size(text: str | None) -> int | None:
    """Bytes of `192Mi`; None for nothing."""
    if not text:
        return None
    unit = text[-2:]
    return int(text[:-2]) * UNITS[unit] if unit in UNITS else int(text)


if __name__ == "__main__":
    sys.exit(main())
