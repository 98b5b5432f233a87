"""Local servers that hold clients to what Cloudflare, Fastly and our edges document: addresses, credentials, bounds,
rates, errors. They are ours, and not the providers': they prove that we keep to the documents, not that these are true.

Sources, read 2026-11: developers.cloudflare.com/api/resources/cache, …/cache/how-to/purge-cache (limits),
www.fastly.com/documentation/reference/api/purging.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

TOKEN = "t0ken-of-the-tests-4711"


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    fields: dict[str, str]
    body: Any  # JSON, None where there is none


Reply = tuple[int, Any, dict[str, str]]
Replying = Callable[[Asked], Awaitable[Reply]]


@asynccontextmanager
async def serving(reply: Replying) -> AsyncIterator[str]:
    """Its address. What is no request, or takes longer than the test, is cut off."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(writer)
        try:
            while asked := await _read(reader):
                status, body, fields = await reply(asked)
                writer.write(_written(status, body, fields))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            open_.discard(writer)
            writer.close()

    open_: set[asyncio.StreamWriter] = set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in list(open_):
            writer.transport.abort()
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    return Asked(method, path, fields, json.loads(body) if body else None)


def _written(status: int, body: Any, fields: dict[str, str]) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class CloudflareLike:
    """Of one zone. `calls_left` is the account's bucket, which is filled by nobody here."""

    zone: str = "023e105f4ecef8ad9ca31a8372d0c353"
    calls_left: int = 500
    purged: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)  # hard or soft, field, what

    async def __call__(self, asked: Asked) -> Reply:
        if asked.fields.get("authorization") != f"Bearer {TOKEN}":
            return 403, _failed(10000, f"Authentication error: {asked.fields.get('authorization')}"), {}
        ways = {f"/client/v4/zones/{self.zone}/{end}": end for end in ("purge_cache", "invalidate_cache")}
        if asked.method != "POST" or asked.path not in ways:
            return 404, _failed(7003, "Could not route"), {}
        if self.calls_left <= 0:
            return 429, _failed(1134, "Rate limit reached"), {"Retry-After": "12"}
        self.calls_left -= 1
        wrong = _wrong(asked.body)
        if wrong:
            return 400, _failed(1094, wrong), {}
        ((name, whats),) = asked.body.items()
        hard = "hard" if ways[asked.path] == "purge_cache" else "soft"
        self.purged.append((hard, name, tuple(whats) if isinstance(whats, list) else ()))
        return 200, {"success": True, "errors": [], "messages": [], "result": {"id": self.zone}}, {}


def _wrong(body: Any) -> str:
    if not isinstance(body, dict) or len(body) != 1:
        return "exactly one of the purge options must be given"
    ((name, whats),) = body.items()
    if name == "purge_everything":
        return "" if whats is True else "purge_everything must be true"
    if name not in ("tags", "files", "prefixes", "hosts"):
        return f"unknown option {name}"
    if not isinstance(whats, list) or not 1 <= len(whats) <= 100:
        return "1 to 100 operations a request"
    rule: Callable[[str], bool] = {
        "tags": lambda tag: 0 < len(tag) <= 1024 and " " not in tag and "," not in tag and tag.isascii(),
        "files": lambda url: url.startswith(("http://", "https://")),
        "prefixes": lambda prefix: "://" not in prefix and "?" not in prefix and "#" not in prefix,
        "hosts": lambda host: "/" not in host,
    }[name]
    return "" if all(isinstance(one, str) and rule(one) for one in whats) else f"invalid {name}"


def _failed(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


@dataclass
class FastlyLike:
    """Of one service."""

    service: str = "SU1Z0isxPaozGVKXdv0eY"
    purged: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    async def __call__(self, asked: Asked) -> Reply:
        if asked.fields.get("fastly-key") != TOKEN:
            return 401, {"msg": "Provided credentials are missing or invalid"}, {}
        soft = "fastly-soft-purge" in asked.fields
        reach = "soft" if soft else "hard"
        if asked.method != "POST":
            return 405, {"msg": "Method not allowed"}, {}
        if asked.path == f"/service/{self.service}/purge_all":
            if soft:
                return 400, {"msg": "Bad request", "detail": "purge all cannot be soft"}, {}
            self.purged.append((reach, "all", ()))
            return 200, {"status": "ok"}, {}
        if asked.path == f"/service/{self.service}/purge":
            keys = (asked.body or {}).get("surrogate_keys")
            if not isinstance(keys, list) or not 1 <= len(keys) <= 256 or any(" " in key for key in keys):
                return 400, {"msg": "Bad request", "detail": "1 to 256 surrogate keys, without blanks"}, {}
            self.purged.append((reach, "keys", tuple(keys)))
            return 200, {key: f"108-{number}" for number, key in enumerate(keys)}, {}
        if asked.path.startswith("/purge/") and "://" not in asked.path:
            self.purged.append((reach, "url", (asked.path.removeprefix("/purge/"),)))
            return 200, {"status": "ok", "id": "108-1"}, {}
        return 404, {"msg": "Record not found"}, {}
