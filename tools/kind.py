"""`make kind`: a cluster, the image, the chart, and the way in, in one command.

    make kind                     everything; the dashboard at http://127.0.0.1:8000/ until Ctrl-C
    make kind VALUES=my.yaml      with values of your own, after the chart's
    make kind-down                delete the cluster

Says first what this machine lacks, in numbers. Every step can be done again: what is there stays.
Needs nothing but Python and the programs it names.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts/playground"
CLUSTER = "playground"
NAMESPACE = "playground"
CONTEXT = f"kind-{CLUSTER}"
IMAGE = "playground"
# For rendering alone; a helm that was built by oneself takes another for the cluster's.
KUBERNETES = "1.34"
API_PORT, KAFKA_PORT = 8000, 30092
# What docker says of a machine with 4 GB and with 2 processors, or more.
MIN_MEMORY_GIB, MIN_CPUS, MIN_DISK_GB = 3.6, 2, 8.0
# kind's own advice: below these a second cluster on a machine fails in odd ways.
MIN_INOTIFY = {"max_user_instances": 256, "max_user_watches": 65_536}
NODE = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings:
      # Kafka's external listener: one port everywhere, so that what the broker advertises is reached.
      - {containerPort: 30092, hostPort: 30092, listenAddress: 127.0.0.1}
"""


class Missing(Exception):
    """What this machine lacks, one line each."""


def main() -> int:
    """Do it; the exit code: 0 done, 1 a step failed, 3 something is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("do", nargs="?", choices=["up", "down"], default="up")
    parser.add_argument("--values", action="append", default=[], help="a values file; repeatable")
    parser.add_argument("--build-args", default="", help="words for `docker build`: --build-arg BASE=...")
    parser.add_argument("--no-forward", action="store_true", help="return when everything is ready")
    given = parser.parse_args()
    try:
        if given.do == "down":
            run("kind", "delete", "cluster", "--name", CLUSTER)
        else:
            values = [Path(path) for path in given.values if path]
            up(values, shlex.split(given.build_args), forward=not given.no_forward)
    except Missing as error:
        print(f"this machine lacks:\n{error}", file=sys.stderr)
        return 3
    except subprocess.CalledProcessError as error:
        print(f"failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def up(values: list[Path], build_args: list[str], *, forward: bool) -> None:
    """Everything, step by step."""
    words = [word for path in values for word in ("--values", str(path))]
    exists = CLUSTER in clusters() if shutil.which("kind") else False
    if problems := preflight(exists=exists):
        raise Missing("\n".join(f"  {problem}" for problem in problems))
    if not exists:
        with step("cluster"), tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write(NODE)
            config.flush()
            run("kind", "create", "cluster", "--name", CLUSTER, "--config", config.name, "--wait", "120s")
    tag = f"dev-{time.time_ns() // 1_000_000_000}"
    with step("image"):
        file = ("-f", "images/playground/Dockerfile")
        run("docker", "build", *build_args, "-q", "-t", f"{IMAGE}:{tag}", *file, ".")
        for image in [f"{IMAGE}:{tag}", *sorted(images_wanted(words) & images_here())]:
            run("kind", "load", "docker-image", image, "--name", CLUSTER)
    with step("chart (the first time the cluster fetches its images: some minutes)"):
        run(
            *("helm", "upgrade", "--install", "playground", str(CHART), "--kube-context", CONTEXT),
            *("--namespace", NAMESPACE, "--create-namespace", "--set", f"image.tag={tag}"),
            *("--set", "kafka.external.type=NodePort", *words, "--wait", "--timeout", "10m"),
            quiet=False,
        )
    if forward:
        print(f"\n  dashboard  http://127.0.0.1:{API_PORT}/\n  Kafka      127.0.0.1:{KAFKA_PORT}\n")
        print("Ctrl-C ends the forward; the cluster stays (make kind-down deletes it)", flush=True)
        run(
            *("kubectl", "--context", CONTEXT, "-n", NAMESPACE),
            *("port-forward", "service/playground-api", f"{API_PORT}:8000"),
        )


def preflight(*, exists: bool) -> list[str]:
    """What is missing, in numbers. `exists`: the cluster is there already and has its ports."""
    absent = [program for program in ("docker", "kind", "kubectl", "helm") if shutil.which(program) is None]
    problems = [f"{program}: not on PATH" for program in absent]
    if "docker" not in absent:
        problems += docker_problems()
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < MIN_DISK_GB:
        problems.append(f"disk: {free:.1f} GB are free in {ROOT}, {MIN_DISK_GB:g} GB are needed")
    for port in [API_PORT] if exists else [API_PORT, KAFKA_PORT]:
        if listens(port):
            problems.append(f"port {port}: something listens there already")
    for name, least in MIN_INOTIFY.items():
        path = Path("/proc/sys/fs/inotify", name)
        if path.exists() and (found := int(path.read_text())) < least:
            problems.append(
                f"fs.inotify.{name}: {found}, {least} are needed: sysctl -w fs.inotify.{name}={least}"
            )
    return problems


def docker_problems() -> list[str]:
    """Whether docker runs, and with how many processors and how much memory."""
    done = subprocess.run(
        ["docker", "info", "--format", "{{.NCPU}} {{.MemTotal}}"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not done.stdout.replace(" ", "").strip().isdigit():
        return ["docker: it does not run, or you may not use it: docker info"]
    cpus, memory = int(done.stdout.split()[0]), int(done.stdout.split()[1]) / 2**30
    problems = []
    if cpus < MIN_CPUS:
        problems.append(f"processors: docker has {cpus}, {MIN_CPUS} are needed")
    if memory < MIN_MEMORY_GIB:
        problems.append(f"memory: docker has {memory:.1f} GiB, {MIN_MEMORY_GIB:g} GiB are needed")
    return problems


def listens(port: int) -> bool:
    """Whether something answers on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def images_wanted(words: list[str]) -> set[str]:
    """Every image that the chart with these values names, but our own."""
    text = output("helm", "template", "playground", str(CHART), "--kube-version", KUBERNETES, *words)
    lines = (line.strip() for line in text.splitlines())
    found = {line.removeprefix("image: ").strip('"') for line in lines if line.startswith("image: ")}
    return {image for image in found if not image.startswith(f"{IMAGE}:")}


def images_here() -> set[str]:
    """Images that docker has on this machine: the cluster need not fetch those."""
    return set(output("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").split())


def clusters() -> list[str]:
    """Names of kind's clusters."""
    done = subprocess.run(["kind", "get", "clusters"], capture_output=True, text=True, check=False)
    return done.stdout.split()


def output(*command: str) -> str:
    """What a command prints. Raises subprocess.CalledProcessError."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(*command: str, quiet: bool = True) -> None:
    """One command, seen only when it fails."""
    output = subprocess.DEVNULL if quiet else None
    subprocess.run(command, cwd=ROOT, check=True, stdout=output)


class step:  # noqa: N801 - reads as a word: with step("cluster")
    """Says what is done, and how long it took."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __enter__(self) -> None:
        print(f"{self._title} ...", flush=True)
        self._began = time.monotonic()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            print(f"  done in {time.monotonic() - self._began:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
