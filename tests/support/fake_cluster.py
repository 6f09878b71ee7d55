"""As much of a Kubernetes API as helm's `lookup` asks: which resources there are, lists, single objects."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
# Kind -> the path of its API, its resource, whether it lives in a namespace.
KINDS = {
    "Secret": ("/api/v1", "secrets", True),
    "Node": ("/api/v1", "nodes", False),
    "StatefulSet": ("/apis/apps/v1", "statefulsets", True),
}


class FakeCluster:
    """Answers from `objects`; `forbidden` kinds are refused, as to a person without the right."""

    def __init__(self, folder: Path, *objects: Json, forbidden: tuple[str, ...] = ()) -> None:
        self._answers = discovery()
        self._forbidden = {self._path(kind) for kind in forbidden}
        for kind in KINDS:
            inside = [one for one in objects if one["kind"] == kind]
            self._answers[self._path(kind)] = {"kind": f"{kind}List", "apiVersion": "v1", "items": inside}
            for one in inside:
                self._answers[f"{self._path(kind)}/{one['metadata']['name']}"] = one
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(self._config()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @staticmethod
    def _path(kind: str) -> str:
        api, resource, namespaced = KINDS[kind]
        return f"{api}/namespaces/play/{resource}" if namespaced else f"{api}/{resource}"

    def _config(self) -> Json:
        server = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": server}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "users": [{"name": "fake", "user": {}}],
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers, forbidden = self._answers, self._forbidden

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path in forbidden:
                    self.answer(403, failure(403, "Forbidden", f"{path} is forbidden"))
                elif path in answers:
                    self.answer(200, answers[path])
                else:
                    self.answer(404, failure(404, "NotFound", f"{path} not found"))

            def answer(self, status: int, body: Json) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def discovery() -> dict[str, Json]:
    """What a client asks first: versions, groups and their resources."""
    group = {"groupVersion": "apps/v1", "version": "v1"}
    answers: dict[str, Json] = {
        "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [{"name": "apps", "versions": [group], "preferredVersion": group}],
        },
    }
    for api in ("/api/v1", "/apis/apps/v1"):
        resources = [
            {"name": name, "kind": kind, "namespaced": namespaced, "verbs": ["get", "list"]}
            for kind, (of, name, namespaced) in KINDS.items()
            if of == api
        ]
        answers[api] = {
            "kind": "APIResourceList",
            "groupVersion": api.removeprefix("/api/").removeprefix("/apis/"),
            "resources": resources,
        }
    return answers


def failure(code: int, reason: str, message: str) -> Json:
    """How Kubernetes says no."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code} | {
        "reason": reason,
        "message": message,
    }
