"""The arguments of one `user.http` call. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from plimsoll.load.importers.har.headers import kept_headers
from plimsoll.load.importers.har.payload import Fields, Payload, Upload, fields_of
from plimsoll.load.importers.har.recording import Exchange
from plimsoll.load.importers.har.resolving import Resolver, said
from plimsoll.load.importers.har.secrets import basic_of, token_of
from plimsoll.load.importers.har.uses import Use, Where, pair_use, pair_uses, path_uses, segments_of
from plimsoll.load.importers.har.wording import Code, bytes_code, joined
from plimsoll.load.importers.har.words import is_id, noun_before

STEP_NAME_MAX = 100
INLINE_CHARS_MAX = 4_096  # of a file that is written into the scenario itself


def step_name(at: int, request: Exchange, payload: Payload, resolver: Resolver) -> str:
    """Method and path, `{id}` for what tells one thing from another: a loop over things is one step."""
    uses = [replace(use, value=str(use.value).partition(";")[0]) for use in path_uses(request.path)]
    segments = ["{id}" if _tells_apart(at, use, resolver) else str(use.value) for use in uses]
    name = f"{request.method} /{'/'.join(segments)}"
    operation = _operation(payload)
    if operation and resolver.is_clean(at, operation):
        name = f"{name} {operation}"
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:STEP_NAME_MAX]


def _tells_apart(at: int, use: Use, resolver: Resolver) -> bool:
    return is_id(str(use.value)) or isinstance(resolver.value(at, use), Code)


def _operation(payload: Payload) -> str:
    """What is asked of one address for everything: GraphQL's operation, JSON-RPC's method."""
    value = payload.value
    if payload.kind != "json" or not isinstance(value, dict):
        return ""
    if isinstance(value.get("query"), str):
        named = re.match(r"\s*(?:query|mutation|subscription)\s+(\w+)", value["query"])
        return str(value.get("operationName") or (named[1] if named else ""))[:60]
    return str(value["method"])[:60] if "jsonrpc" in value and isinstance(value.get("method"), str) else ""


def path_of(at: int, request: Exchange, resolver: Resolver) -> str | Code:
    """The path, and the query where it is no list of parameters."""
    return joined(_path_pieces(at, request, resolver))


def whole_path(at: int, request: Exchange, resolver: Resolver) -> str | Code:
    """Path and query as they were sent, secrets apart."""
    pieces = _path_pieces(at, request, resolver)
    if request.query and _is_parameters(request.query):
        recorded = [part.partition("=") for part in request.query.split("&") if part]
        uses = pair_uses("query", fields_of(request.query), request.path)
        for (name, _, raw), use in zip(recorded, uses, strict=True):
            value = resolver.value(at, use)
            pieces += ["&", _escaped(name), "=", value if isinstance(value, Code) else _escaped(raw)]
        pieces[pieces.index("&")] = "?"
    return joined(pieces)


def _path_pieces(at: int, request: Exchange, resolver: Resolver) -> list[str | Code]:
    pieces: list[str | Code] = []
    for recorded, use in zip(request.path.split("/")[1:], path_uses(request.path), strict=True):
        value = resolver.value(at, use)
        pieces += ["/", value if isinstance(value, Code) else _escaped(recorded)]
    if request.query and not _is_parameters(request.query):
        query = resolver.value(at, Use("query", "", request.query))
        pieces += ["?", query if isinstance(query, Code) else _escaped(query)]
    return pieces


def _escaped(text: str) -> str:
    """As it may stand in an address; what was escaped already stays so."""
    return quote(text, safe="/!$&'()*+,;=:@-._~%?")


def _is_parameters(query: str) -> bool:
    return all("=" in part for part in query.split("&") if part)


def parameters_of(at: int, request: Exchange, resolver: Resolver) -> Any:
    """A mapping where that keeps the order, otherwise pairs; None where there are none."""
    if not request.query or not _is_parameters(request.query):
        return None
    return fields(at, "query", fields_of(request.query), request.path, resolver) or None


def fields(at: int, where: Where, pairs: Fields, path: str, resolver: Resolver) -> Any:
    about = noun_before(segments_of(path))
    uses = [pair_use(where, name, value, about) for name, value in pairs]
    resolved = [(resolver.key(at, use.name), resolver.value(at, use)) for use in uses]
    return _grouped(resolved) if _lies_together([name for name, _ in resolved]) else resolved


def _lies_together(names: Sequence[Any]) -> bool:
    runs = [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]
    return len(runs) == len(set(runs))


def _grouped(pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
    """Repeated names as one with a list."""
    found: dict[Any, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def headers_of(at: int, request: Exchange, payload: Payload, resolver: Resolver) -> dict[str, Any]:
    """What is sent again, Authorization apart, and the type of a body that does not show it."""
    found = {
        name: resolver.value(at, Use("header", name, value))
        for name, value in kept_headers(request.headers)
        if name.lower() != "authorization"
    }
    if payload.content_type and payload.kind not in ("missing", "large", "multipart"):
        found["Content-Type"] = payload.content_type
    return found


def authorization_of(at: int, request: Exchange, resolver: Resolver) -> tuple[str, Any] | None:
    """("bearer", TOKEN), ("basic", (USER, PASSWORD)), or ("", the whole header); None where there is none."""
    text = request.header("authorization")
    basic, token = basic_of(text), token_of(text)
    if not text:
        return None
    if basic:
        return "basic", tuple(_secret(each, resolver) for each in basic)
    if token is None:
        return "", _secret(text, resolver)
    linked = resolver.links.tokens.get(at, {}).get(token[1])
    value = said(linked) if linked else _secret(token[1], resolver)
    return ("bearer", value) if token[0].lower() == "bearer" else ("", joined([f"{token[0]} ", value]))


def _secret(value: str, resolver: Resolver) -> str | Code:
    constant = resolver.secrets.by_value.get(value)
    return Code(constant.name) if constant else ""


def body_of(at: int, request: Exchange, payload: Payload, resolver: Resolver) -> list[tuple[str, Any]]:
    """The arguments that make the body."""
    if payload.kind == "json":
        return [("json", resolver.json(at, payload.value, "", noun_before(segments_of(request.path))))]
    if payload.kind in ("form", "multipart"):
        form = fields(at, "form", payload.value, request.path, resolver)
        said = [("form", form)] if form or payload.kind == "form" else []
        return said if payload.kind == "form" else [*said, ("files", _files(at, payload, resolver))]
    if payload.kind == "text":
        return [("content", resolver.text(at, payload.value))]
    if payload.kind == "bytes":
        return [
            ("content", bytes_code(payload.value) if payload.size <= INLINE_CHARS_MAX else placeholder(payload.size))
        ]
    return []


def _files(at: int, payload: Payload, resolver: Resolver) -> Any:
    """A mapping, or pairs where a field has several; empty where a form in parts has no file."""
    pairs = [(upload.field, upload_of(at, upload, resolver)) for upload in payload.files]
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else pairs


def placeholder(size: int) -> Code:
    """As many bytes as there were."""
    return Code(f'b"." * {size:_}')


def upload_of(at: int, upload: Upload, resolver: Resolver) -> tuple[Any, Any, str]:
    """File name, content and type."""
    content: Any = "the content of a file that is not in the recording"
    if upload.content is not None and len(upload.content) <= INLINE_CHARS_MAX:
        content = resolver.text(at, upload.content)
    elif upload.content is not None:
        content = placeholder(len(upload.content))
    name = upload.file_name if resolver.is_clean(at, upload.file_name) else "file"
    return name, content, upload.content_type or "application/octet-stream"
