"""What a cluster holds, as far as the chart looks at it: nodes, Secrets, StatefulSets."""

from __future__ import annotations

import base64
from typing import Any

Json = dict[str, Any]


def node(
    memory: str, name: str = "one", *, cpu: str = "64", reserved: Json | None = None, **spec: Any
) -> Json:
    """`reserved`: what of it the kubelet does not give to pods, and otherwise nothing."""
    capacity = {"memory": memory, "cpu": cpu}
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": name},
        "spec": spec,
        "status": {"capacity": capacity, "allocatable": capacity | (reserved or {})},
    }


def secret(name: str, data: dict[str, str]) -> Json:
    """One with these values."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}, "data": encoded}


def stateful_set(
    name: str = "playground-kafka",
    instance: str = "playground",
    replicas: int = 1,
    size: str | None = "4Gi",
    **claim: Any,
) -> Json:
    """One with a volume, unless its size is None; `claim`: more of what the volume is to be."""
    labels = {"app.kubernetes.io/name": "playground", "app.kubernetes.io/instance": instance}
    spec = {"resources": {"requests": {"storage": size}}} | claim
    claims = [{"metadata": {"name": "data"}, "spec": spec}] if size else []
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas} | ({"volumeClaimTemplates": claims} if claims else {}),
    }


LARGE = node("16Gi")
