"""The chart installed on a cluster, as its users have it: helm, kubectl, and our own command line.

What is asked of the database and of Kafka's groups goes past all code of ours.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.waiting import wait_until
from support.forward import Forward
from support.free_ports import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/playground"
NAME = "playground"
COMMAND_SECONDS = 120
INSTALL_SECONDS = 420
KINDS = "all,configmap,secret,networkpolicy,pvc,role,rolebinding,serviceaccount,pdb"
KAFKA_TOOL = "/opt/kafka/bin/kafka-consumer-groups.sh"


class Release:
    """One release in one namespace. Everything it is asked names kubeconfig and namespace itself."""

    def __init__(
        self, kubeconfig: Path, namespace: str, values: Sequence[Path] = (), folder: Path | None = None
    ) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace
        self.values = list(values)
        self.environment = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - handed on
            if not name.startswith("PLAYGROUND_")
        } | {"KUBECONFIG": str(kubeconfig)}
        if folder is not None:
            self.environment["PLAYGROUND_DATA_DIR"] = str(folder)  # runs of experiments

    def create_namespace(self) -> None:
        """With the strictest of the pod security standards, enforced."""
        self.kubectl("create", "namespace", self.namespace)
        self.kubectl("label", "namespace", self.namespace, "pod-security.kubernetes.io/enforce=restricted")

    def install(self, chart: Path = CHART, *arguments: str, values: Sequence[Path] | None = None) -> None:
        """`helm upgrade --install`, until everything is ready; with `values` instead of the release's own."""
        files = [
            word for path in (self.values if values is None else values) for word in ("--values", str(path))
        ]
        self.helm(
            "upgrade",
            "--install",
            NAME,
            str(chart),
            *files,
            *arguments,
            "--wait",
            "--timeout=400s",
            seconds=INSTALL_SECONDS,
        )

    def helm(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        return self.run("helm", "--namespace", self.namespace, *arguments, seconds=seconds)

    def kubectl(self, *arguments: str, given: str | None = None, seconds: float = COMMAND_SECONDS) -> str:
        return self.run("kubectl", "--namespace", self.namespace, *arguments, given=given, seconds=seconds)

    def json(self, *arguments: str) -> Any:
        """`kubectl get` or the like, parsed."""
        return json.loads(self.kubectl(*arguments, "-o", "json"))

    def playground(self, *arguments: str, check: bool = True, seconds: float = COMMAND_SECONDS) -> str:
        """Our command line, told as kubectl is told."""
        words = ["--target", "kube", "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *arguments]
        return self.run(sys.executable, "-m", "playground.cli", *words, check=check, seconds=seconds)

    def run(
        self, *command: str, check: bool = True, given: str | None = None, seconds: float = COMMAND_SECONDS
    ) -> str:
        """One command to its end, `given` to it to read; its standard output. Raises AssertionError."""
        done = subprocess.run(
            command,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check:
            assert done.returncode == 0, (
                f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done.stdout

    def validate(self, objects: str) -> list[str]:
        """What the API server would warn of if these were made here, strictly read. Raises AssertionError."""
        words = ["kubectl", "--namespace", self.namespace, "create", "--dry-run=server", "--validate=strict"]
        done = subprocess.run(
            [*words, "-f", "-"],
            input=objects,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr.splitlines()

    def remains(self) -> set[str]:
        """What there is of the release, as "kind/name"; helm itself does not know of volumes."""
        label = f"app.kubernetes.io/instance={NAME}"
        return set(self.kubectl("get", KINDS, "-l", label, "-o", "name").split())

    def pods(self, *arguments: str) -> list[dict[str, Any]]:
        """Pods as Kubernetes describes them."""
        found: list[dict[str, Any]] = self.json("get", "pods", *arguments)["items"]
        return found

    def wait_ready(self, name: str, seconds: float = COMMAND_SECONDS) -> None:
        """`statefulset/playground-kafka`, for instance, until it is rolled out."""
        self.kubectl("rollout", "status", name, f"--timeout={seconds:g}s", seconds=seconds + 10)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the orders database itself, in its own pod."""
        whole = f"SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM ({sql}) t"
        pod = f"{NAME}-database-0"
        answer = self.kubectl(
            "exec", pod, "--", "psql", "-U", "playground", "-d", "playground", "-At", "-c", whole
        )
        return [tuple(row.values()) for row in json.loads(answer)]

    def groups(self, group_id: str) -> list[dict[str, str]]:
        """What Kafka's own tool says of a group: one dict per partition, the heads of its columns as keys."""
        text = self.kubectl(
            "exec",
            f"{NAME}-kafka-0",
            "-c",
            "kafka",
            "--",
            "env",
            "KAFKA_HEAP_OPTS=-Xmx64m",
            "KAFKA_OPTS=",
            KAFKA_TOOL,
            "--bootstrap-server",
            "localhost:9092",
            "--describe",
            "--group",
            group_id,
        )
        lines = [line.split() for line in text.splitlines() if line.strip()]
        head = next(line for line in lines if line[0] == "GROUP")
        return [dict(zip(head, line, strict=False)) for line in lines if line[0] == group_id]

    def forward(self, service: str, port: int, *, here: int | None = None, http: bool = True) -> Forward:
        """The way to a Service from here, from the port `here` or any. Use it with `with`."""
        return Forward(self, service, port, here or free_port(), http=http)

    def keep_traces(self, folder: Path) -> None:
        """What a person wants to see after a failure: objects, events, descriptions and logs."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, words in {
            "pods": ["get", "pods,statefulsets,deployments,jobs,pvc,services", "-o", "wide"],
            "events": ["get", "events", "--sort-by=.lastTimestamp"],
            "describe": ["describe", "pods"],
        }.items():
            (folder / f"{name}.txt").write_text(self._said(*words))
        for pod in self.run(
            "kubectl", "-n", self.namespace, "get", "pods", "-o", "name", check=False
        ).split():
            name = pod.removeprefix("pod/")
            (folder / f"{name}.log").write_text(self._said("logs", name, "--all-containers", "--prefix"))
            before = self._said("logs", name, "--all-containers", "--prefix", "--previous")
            if before and "not found" not in before:
                (folder / f"{name}.previous.log").write_text(before)

    def _said(self, *words: str) -> str:
        done = subprocess.run(
            ["kubectl", "--namespace", self.namespace, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return done.stdout or done.stderr


class System:
    """The release as `support.audit.verify` asks a system: its balance, and its database."""

    def __init__(self, release: Release, api: Forward) -> None:
        self.release = release
        self.api = api

    def settle(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until both groups have handled everything; the audit then."""

        def settled() -> dict[str, Any] | None:
            audit = self.api.get("/audit")
            rows = [part for group in audit["groups"] for part in group["partitions"]]
            return audit if rows and all(row["pending"] == 0 for row in rows) else None

        ignore = (OSError, http.client.HTTPException, ValueError, KeyError)
        found = wait_until(settled, "both groups to catch up", seconds, every=0.5, ignore=ignore)
        assert found is not None
        return found

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Past the API and all code of ours."""
        return self.release.query(sql)
