"""A request's path, query and recorded host. The host goes nowhere but into the notes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.texts import MARK, Variable, covered, parse
from plimsoll.settings.masking import mask

_URL = re.compile(r"(?i)(https?)://([^/?#]*)")
_PLAIN = re.compile(r"[^=&]+=[^=&]*(&[^=&]+=[^=&]*)*")


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    path: Code
    query: list[tuple[str, str]]


def address(context: Context, path: str, host: str) -> Address:
    """The parts of a sampler's path, which may be a whole address; `host` is what the plan says otherwise."""
    path = _with_known_host(context, path.strip())
    found = _URL.match(path)
    if found:
        host, path = f"{found[1].lower()}://{found[2].rpartition('@')[2]}", path[found.end() :]
    cover = covered(path.partition("#")[0] if "${" not in path.partition("#")[2] else path)
    place, _, query = cover.text.partition("?")
    pairs = parse_qsl(query, True) if _PLAIN.fullmatch(query) else []
    rest = f"?{query}" if query and not pairs else ""
    restored = [(cover.restore(name), cover.restore(value)) for name, value in pairs]
    return Address(host, _path(context, cover.restore(_encoded(place)), cover.restore(rest)), restored)


def _with_known_host(context: Context, path: str) -> str:
    """The path with its first variable replaced by its value, where that names a host."""
    first = next(iter(parse(path)), "")
    if not isinstance(first, Variable):
        return path
    value = context.known(f"${{{first.name}}}") or ""
    return value + path[len(first.name) + 3 :] if _URL.match(value) else path


def _encoded(path: str) -> str:
    """Blanks and letters that no path may hold in the form they are sent in; marks stay."""
    parts = re.split(f"({MARK.pattern.replace('(', '(?:', 1)})", path)
    return "".join(part if MARK.fullmatch(part) else quote(part, safe="/%:@!$&'()*+,;=~-._[]") for part in parts)


def _path(context: Context, path: str, query: str) -> Code:
    if not path or not path.startswith(("/", "${")):
        path = f"/{path}"
    made = context.code(path + query)
    if path.startswith("/") or (made.known or "").startswith("/"):
        return made
    if made.known is not None:
        return context.code(f"/{path}{query}")
    helper = context.helper("local_path")
    return Code(f"{helper}({made.as_text})", uses=made.uses)


def recorded_host(context: Context, protocol: str, domain: str, port: str) -> str:
    """The host as the notes say it: "https://shop.example", "shop.example:8080", "" where the plan names none."""
    known = [context.known(part) if part else "" for part in (protocol, domain, port)]
    scheme, name, number = (
        part if part is not None else raw for part, raw in zip(known, (protocol, domain, port), strict=True)
    )
    scheme = scheme.strip().lower() or "http"
    if not name.strip():
        return ""
    default = {"http": "80", "https": "443"}.get(scheme)
    shown = f":{number.strip()}" if number.strip() and number.strip() != default else ""
    return mask(f"{scheme}://{name.strip().rpartition('@')[2]}{shown}")
