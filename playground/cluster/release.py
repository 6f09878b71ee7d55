"""Finds the release in a namespace and reads its workers.

There is one release per namespace (the chart refuses a second), so context and namespace name it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import kr8s
from kr8s.objects import ConfigMap, Pod, StatefulSet

from playground.cluster.rollouts import is_ready
from playground.errors import NotFound, StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_LABEL = "app.kubernetes.io/name=playground"
ASK_SECONDS = 20.0


@dataclass(frozen=True)
class Place:
    """Where the release is, as kubectl's users say it; None: what the kubeconfig says.

    Inside a pod: the pod's own namespace.
    """

    context: str | None = None
    namespace: str | None = None
    kubeconfig: str | None = None


class Release:
    """The one release in a namespace."""

    def __init__(self, place: Place) -> None:
        with explained("the cluster does not answer"):
            self.api = kr8s.api(context=place.context, namespace=place.namespace, kubeconfig=place.kubeconfig)
            self.api.timeout = ASK_SECONDS
        self.namespace = str(place.namespace or self.api.namespace)
        self.context = place.context or getattr(self.api.auth, "active_context", None)

    def worker_sets(self) -> dict[str, StatefulSet]:
        """The StatefulSets of workers, by kind.

        Raises StackError when there are none: no release is there.
        """
        found = {
            str(one.labels["worker"]): one
            for one in self.read(StatefulSet, f"{NAME_LABEL},app.kubernetes.io/component=workers")
        }
        if not found:
            raise StackError(
                f"no playground is installed in {self.described()}",
                next_step="helm install playground charts/playground, or name its namespace: -n NAMESPACE",
            )
        return found

    def worker_set(self, kind: str) -> StatefulSet:
        """The one of this kind. Raises NotFound listing those that exist."""
        found = self.worker_sets()
        if kind not in found:
            raise NotFound(
                f"there is no worker {kind!r}; there are {', '.join(sorted(found))}",
                next_step="`playground --target kube status` lists what runs",
            )
        return found[kind]

    def worker_pods(self, kind: str | None = None) -> list[Pod]:
        """Their pods, also those that are on their way out."""
        wanted = f"{NAME_LABEL},app.kubernetes.io/component=workers" + (f",worker={kind}" if kind else "")
        return self.read(Pod, wanted)

    def chart_settings(self, kind: str) -> dict[str, str]:
        """What the chart tells workers of this kind: a ConfigMap that is called as their StatefulSet.

        Read by its name: the API's Role allows those of workers and no others.
        """
        name = self.worker_set(kind).name
        with explained(f"ConfigMap {name} in {self.described()} cannot be read"):
            found = ConfigMap({"metadata": {"name": name, "namespace": self.namespace}}, api=self.api)
            found.refresh()
        return dict(found.to_dict().get("data") or {})

    def services(self) -> list[dict[str, Any]]:
        """The pods that are no workers: name, state and how often they were restarted."""
        pods = self.read(Pod, f"{NAME_LABEL},app.kubernetes.io/component notin (workers,topics,tests)")
        return [
            {
                "name": pod.name,
                "pid": None,
                "state": "running" if is_ready(pod.to_dict()) else "starting",
                "restarts": sum(one.restartCount for one in pod.status.get("containerStatuses", [])),
            }
            for pod in pods
        ]

    def read(self, kind: type[Any], selector: str) -> list[Any]:
        """Objects of the release, by label."""
        with explained(f"{kind.__name__}s in {self.described()} cannot be read"):
            return list(kind.list(api=self.api, namespace=self.namespace, label_selector=selector))

    def described(self) -> str:
        """Where it is, for messages."""
        return f"namespace {self.namespace}" + (f" of context {self.context}" if self.context else "")


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the cluster's client raises into a StackError that says what to do."""
    try:
        yield
    except kr8s.NotFoundError as error:
        raise StackError(f"{what}: {error}", next_step="`playground --target kube status`") from None
    except kr8s.ServerError as error:
        status = error.response.status_code if error.response is not None else None
        raise StackError(
            f"{what}: {error}",
            next_step="ask for the rights: `kubectl auth can-i --list`" if status in {401, 403} else None,
        ) from None
    except kr8s.APITimeoutError:
        raise StackError(
            f"{what}: no answer in {ASK_SECONDS:g} s", next_step="`kubectl cluster-info`"
        ) from None
    except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
        raise StackError(
            f"{what}: {error or type(error).__name__}",
            next_step="`kubectl config get-contexts`, and `kubectl cluster-info --context CONTEXT`",
        ) from None
