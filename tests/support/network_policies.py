"""What the NetworkPolicies of a rendering allow, by Kubernetes' own rules for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.charts import Rendered

Json = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod in a namespace, or an address outside of the cluster (no labels)."""

    labels: Json | None
    namespace: str = "play"


OUTSIDE = Peer(None, "")


def allowed(rendered: Rendered, source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """Whether the policies let `source` connect to `target`; both ends must allow it."""
    policies = rendered.of("NetworkPolicy")
    return _passes(policies, source, "Egress", target, (protocol, port)) and _passes(
        policies, target, "Ingress", source, (protocol, port)
    )


def _passes(policies: list[Json], own: Peer, direction: str, other: Peer, port: tuple[str, int]) -> bool:
    chosen = [
        one["spec"]
        for one in policies
        if own.labels is not None
        and own.namespace == "play"
        and _selects(one["spec"]["podSelector"], own.labels)
        and direction in one["spec"]["policyTypes"]
    ]
    if not chosen:
        return True  # a pod that no policy selects is not held back
    key, ends = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return any(
        _is_of(rule.get("ports"), port) and _is_one_of(rule.get(ends), other)
        for spec in chosen
        for rule in spec.get(key) or []
    )


def _is_of(ports: list[Json] | None, port: tuple[str, int]) -> bool:
    return not ports or port in [(one.get("protocol", "TCP"), one["port"]) for one in ports]


def _is_one_of(peers: list[Json] | None, other: Peer) -> bool:
    if not peers:
        return True
    if other.labels is None:
        return any("ipBlock" in one for one in peers)
    return any(_matches(one, other.labels, other.namespace) for one in peers)


def _matches(peer: Json, labels: Json, namespace: str) -> bool:
    if "namespaceSelector" in peer:
        there = _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": namespace})
    else:
        there = namespace == "play"
    return there and _selects(peer.get("podSelector", {}), labels)


def _selects(selector: Json, labels: Json) -> bool:
    return (selector.get("matchLabels") or {}).items() <= labels.items()
