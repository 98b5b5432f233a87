"""The real nginx and Varnish with what we print for them, before an application that does what a test tells it."""

import asyncio
import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
import uvicorn

from plimsoll.edge.printing.front import Address, Front, networks
from plimsoll.edge.printing.nginx import nginx
from plimsoll.edge.printing.varnish import varnish
from plimsoll.testing.postgres import all_wanted

PATIENCE_S: Final = 60.0
TOKEN: Final = "a token that is long enough".replace(" ", "-")
MODULES: Final = Path("/usr/lib/nginx/modules")
CJSON: Final = Path("/usr/share/lua/5.1/cjson")
VMODS: Final = tuple(Path("/usr/lib").glob("*/varnish/vmods/libvmod_xkey.so"))


Change = Callable[[str], str]  # of what is printed, to see what fails then


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    fields: dict[str, str]
    body: str


@dataclass(slots=True)
class Origin:
    """`answers` has for each path a status and fields; a body says how often it was asked. `hold`, if set, is waited
    for after the answer was made and before it is told."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    began: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.asked.append((scope["method"], path, {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}))
        status, told = self.answers.get(path, (200, {}))
        body = str(self.count(path)).encode()
        if self.hold is not None:
            self.began.set()
            assert await asyncio.to_thread(self.hold.wait, PATIENCE_S)
        fields = [(name.encode(), value.encode()) for name, value in told.items()]
        fields.append((b"content-length", b"%d" % len(body)))
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*fields, (b"content-length", b"%d" % len(body))],
            }
        )
        await send({"type": "http.response.body", "body": body})

    def count(self, path: str) -> int:
        return sum(1 for _, one, _ in self.asked if one == path)


@dataclass(frozen=True, slots=True)
class Server:
    """`purge` purges by tags, URLs or everything, as this server takes it; returns the status."""

    name: str
    port: int
    origin: Origin
    purge: Callable[..., int]

    def ask(
        self, path: str, method: str = "GET", fields: Mapping[str, str] = MappingProxyType({}), *,
        host: str = "h.test", body: bytes | None = None,
    ) -> Said:  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {"Host": host, **fields})
            answer = connection.getresponse()
            text = answer.read().decode("latin-1")
            return Said(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
        finally:
            connection.close()


def left_out(what: str, package: str) -> None:
    words = f"left out: {what} (Debian's packages {package} are not installed)"
    if all_wanted():
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


@contextmanager
def origin(one: Origin) -> Iterator[Origin]:
    """In a thread of its own."""
    # Said to be TCP, so that asyncio sends each piece at once: what a server in front acknowledges late would wait.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        one.port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(one, log_level="critical", access_log=False, lifespan="off", ws="none"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        try:
            yield one
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)


def front_of(one: Origin, port: int, folder: Path, names: tuple[str, ...] = ()) -> Front:
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    return Front(
        Address("127.0.0.1", one.port), Address("127.0.0.1", port), names,
        token_file=str(token), cache=str(folder / "cache"), size="32m", purgers=networks(["10.0.0.0/8", "fd00::/8"]),
    )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_nginx(one: Origin, folder: Path, change: Change = str, names: tuple[str, ...] = ()) -> Iterator[Server]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or not (MODULES / "ngx_http_lua_module.so").exists() or not CJSON.exists():
        left_out("nginx with Lua", "nginx, libnginx-mod-http-lua, lua-cjson")
    assert program is not None
    port = free_port()
    folder.chmod(0o755)
    (folder / "site.conf").write_text(change(nginx(front_of(one, port, folder, names))))
    places = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"load_module {MODULES}/ndk_http_module.so; load_module {MODULES}/ngx_http_lua_module.so;\n"
        f"daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr notice;\n"
        f"events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {places} include {folder}/site.conf; }}\n"
    )
    argv = [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]

    def purge(token: str = TOKEN, **asked: Any) -> int:
        body = json.dumps({**asked, "reach": "soft"}).encode()
        said = server.ask("/.plimsoll/purge", "POST", {"Authorization": f"Bearer {token}"}, body=body)
        return said.status

    with _running(argv, "using the"):
        server = Server("nginx", port, one, purge)
        yield server


@contextmanager
def running_varnish(one: Origin, folder: Path, change: Change = str, names: tuple[str, ...] = ()) -> Iterator[Server]:
    program = shutil.which("varnishd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or not VMODS:
        left_out("Varnish", "varnish, varnish-modules, gcc")
    assert program is not None
    port = free_port()
    (folder / "plimsoll.vcl").write_text(change(varnish(front_of(one, port, folder, names))))
    argv = [program, "-F", "-j", "none", "-T", "none", "-a", f"127.0.0.1:{port}", "-f", str(folder / "plimsoll.vcl")]
    argv += ["-n", str(folder / "work"), "-s", "malloc,32m"]

    def purge(token: str = TOKEN, tags: Any = (), urls: Any = (), everything: bool = False) -> int:
        fields = {"Authorization": f"Bearer {token}"}
        fields |= {"Plimsoll-Tags": " ".join(tags)} if tags else {}
        fields |= {"Plimsoll-Urls": " ".join(urls)} if urls else {}
        fields |= {"Plimsoll-Everything": "?1"} if everything else {}
        return server.ask("/.plimsoll/purge", "POST", fields, body=b"").status

    with _running(argv, "Child starts"):
        server = Server("varnish", port, one, purge)
        yield server


@contextmanager
def _running(argv: list[str], ready: str) -> Iterator[None]:
    """Until it says that it is there, and then while it is needed."""
    quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(argv, stdin=quiet, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said: list[str] = []
        drain = threading.Thread(target=lambda lines: [None for _ in lines], args=(process.stdout,), daemon=True)
        try:
            for line in process.stdout:
                said.append(line)
                if ready in line:
                    break
            else:
                pytest.fail(f"{argv[0]} did not start:\n{''.join(said)}", pytrace=False)
            drain.start()
            yield
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
            if drain.ident is not None:
                drain.join(PATIENCE_S)
