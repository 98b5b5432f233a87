"""A fake: a small server that answers as Kubernetes' API does where `plimsoll scale kubernetes` asks. No cluster.

Deployments, StatefulSets, their subresource `scale` with its preconditions (uid, resourceVersion: 409), lists of
HorizontalPodAutoscalers and ScaledObjects, rights by the rules of a Role (403 in RBAC's words), 404, 401, and what is
told to fail (429 with Retry-After, 5xx), over real HTTP. No pods run, nothing becomes ready by itself; that the real
API does the same is read from its source, not tried. What it was asked is in `asked`, as RBAC names it.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

TOKEN = "the-service-accounts"
_PATH = re.compile(r"/apis/([\w.]+)/(\w+)/namespaces/([\w-]+)/(\w+)(?:/([\w.-]+))?(?:/(scale))?")
_KINDS = {"deployments": "Deployment", "statefulsets": "StatefulSet"}
_LISTS = {"horizontalpodautoscalers": "autoscaling", "scaledobjects": "keda.sh"}

Right = tuple[str, str, str]  # group, resource, verb


class Status(Exception):
    def __init__(self, code: int, reason: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.headers = code, reason, headers or {}

    @property
    def told(self) -> dict[str, Any]:
        told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": str(self)}
        return {**told, "reason": self.reason, "code": self.code}


class FakeKubernetes:
    """`rights` None: everything. `failing`: what the next requests get instead of an answer. `meanwhile`: called
    before a change is looked at, as somebody who is quicker."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.lists: dict[str, list[dict[str, Any]]] = {"horizontalpodautoscalers": []}
        self.rights: list[dict[str, Any]] | None = None
        self.failing: deque[Status] = deque()
        self.meanwhile: deque[Any] = deque()
        self.asked: list[Right] = []
        self.set_to: list[int] = []  # by patches of `scale` that changed it
        self.url, self.token = "", TOKEN
        self._version = 100

    def add(
        self, name: str, replicas: int, *, ready: int | None = None, plural: str = "deployments", **spec: Any
    ) -> None:
        self._version += 1
        metadata = {"name": name, "namespace": "shop", "uid": f"uid-{self._version}", "generation": 1}
        self.objects["shop", plural, name] = {
            "apiVersion": "apps/v1",
            "kind": _KINDS[plural],
            "metadata": {**metadata, "resourceVersion": str(self._version)},
            "spec": {"replicas": replicas, **spec},
            "status": {"readyReplicas": replicas if ready is None else ready},
        }

    def change(self, name: str = "web", *, replicas: int | None = None, ready: int | None = None, **spec: Any) -> None:
        """What somebody else does: kubectl, or a pod that became ready."""
        found = self.objects["shop", "deployments", name]
        if replicas is not None:
            found["spec"]["replicas"] = replicas
        if ready is not None:
            found["status"]["readyReplicas"] = ready
        found["spec"] |= spec
        self._bump(found)

    def replicas(self, name: str = "web", plural: str = "deployments") -> int:
        found: int = self.objects["shop", plural, name]["spec"]["replicas"]
        return found

    def target(self, plural: str, name: str, kind: str = "Deployment", of: str = "web", **metadata: Any) -> None:
        """An autoscaler that scales it, too."""
        reference = {"apiVersion": "apps/v1", "kind": kind, "name": of}
        found = {"metadata": {"name": name, **metadata}, "spec": {"scaleTargetRef": reference}}
        self.lists.setdefault(plural, []).append(found)

    def kubeconfig(self, path: Path) -> Path:
        cluster, user = (
            {"server": self.url, "insecure-skip-tls-verify": True},
            {"token": self.token},
        )  # reads no certificates
        context = {"cluster": "fake", "user": "scaler", "namespace": "shop"}
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "fake",
                    "clusters": [{"name": "fake", "cluster": cluster}],
                    "users": [{"name": "scaler", "user": user}],
                    "contexts": [{"name": "fake", "context": context}],
                }
            )
        )
        return path

    # -- what the API does

    def answer(self, method: str, path: str, token: str, body: bytes, kind: str) -> dict[str, Any]:
        if token != f"Bearer {self.token}":
            raise Status(401, "Unauthorized", "Unauthorized")
        if path == "/version/":
            return {"gitVersion": "v1.34.1", "major": "1", "minor": "34"}
        if (found := _PATH.fullmatch(path)) is None:
            raise Status(404, "NotFound", "the server could not find the requested resource")
        group, _, namespace, plural, name, subresource = found.groups()
        verb = {"PATCH": "patch", "GET": "get" if name else "list"}[method]
        resource = f"{plural}/{subresource}" if subresource else plural
        self._allow(group, resource, verb, namespace, name)
        if self.failing:
            raise self.failing.popleft()
        if verb == "list":
            return self._listed(group, namespace, plural)
        if verb == "patch" and self.meanwhile:
            self.meanwhile.popleft()()
        if (there := self.objects.get((namespace, plural, name))) is None:
            raise Status(404, "NotFound", f'{plural}.{group} "{name}" not found')
        if verb == "get":
            return there
        if kind != "application/merge-patch+json":
            raise Status(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
        return self._patched(there, resource, json.loads(body))

    def _allow(self, group: str, resource: str, verb: str, namespace: str, name: str | None) -> None:
        self.asked.append((group, resource, verb))
        if self.rights is None:
            return
        for rule in self.rights:
            named = "resourceNames" not in rule or name in rule["resourceNames"]
            if group in rule["apiGroups"] and resource in rule["resources"] and verb in rule["verbs"] and named:
                return
        user = "system:serviceaccount:shop:plimsoll"
        what = f"{resource.partition('/')[0]}.{group}{f' {json.dumps(name)}' if name else ''}"
        raise Status(
            403,
            "Forbidden",
            f'{what} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}" '
            f'in the namespace "{namespace}"',
        )

    def _listed(self, group: str, namespace: str, plural: str) -> dict[str, Any]:
        if plural in _KINDS:
            items = [one for (where, what, _), one in self.objects.items() if (where, what) == (namespace, plural)]
        elif _LISTS.get(plural) == group and plural in self.lists:
            items = self.lists[plural]
        else:
            raise Status(404, "NotFound", "the server could not find the requested resource")
        return {"kind": "List", "metadata": {"resourceVersion": str(self._version)}, "items": items}

    def _patched(self, there: dict[str, Any], resource: str, patch: dict[str, Any]) -> dict[str, Any]:
        metadata, name = patch.get("metadata", {}), there["metadata"]["name"]
        for key in ("uid", "resourceVersion"):
            if metadata.get(key, there["metadata"][key]) != there["metadata"][key]:
                why = "the object has been modified; please apply your changes to the latest version and try again"
                raise Status(409, "Conflict", f'Operation cannot be fulfilled on {resource} "{name}": {why}')
        replicas = patch["spec"]["replicas"]
        if not isinstance(replicas, int) or replicas < 0:
            raise Status(422, "Invalid", f"spec.replicas: Invalid value: {replicas}")
        if replicas != there["spec"]["replicas"]:
            there["spec"]["replicas"] = replicas
            self.set_to.append(replicas)
            self._bump(there)
        if not resource.endswith("/scale"):
            return there
        spec = {"replicas": replicas} if replicas else {}  # 0 is left out
        return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": there["metadata"], "spec": spec}

    def _bump(self, there: dict[str, Any]) -> None:
        self._version += 1
        there["metadata"]["resourceVersion"] = str(self._version)


PAGES: Final = {"/page/version/": b"<html>", "/list/version/": b"[1, 2, 3]"}  # of what is something else


@contextmanager
def fake_kubernetes() -> Iterator[FakeKubernetes]:
    """One that listens, until the end."""
    fake = FakeKubernetes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body, token = self.rfile.read(length), self.headers.get("authorization", "")
            path, kind = self.path.partition("?")[0], self.headers.get("content-type", "")
            try:
                code, told, more = 200, fake.answer(self.command, path, token, body, kind), {}
            except Status as status:
                code, told, more = status.code, status.told, status.headers
            content = json.dumps(told).encode()
            if (page := PAGES.get(path)) is not None:
                code, content = 200, page
            self.send_response(code)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(content)),
                **more,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_PATCH = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
