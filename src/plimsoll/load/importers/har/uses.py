"""Every value that a request sends, with the place where it stands and what it is about. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from plimsoll.load.importers.har.headers import kept_headers
from plimsoll.load.importers.har.payload import Payload, fields_of
from plimsoll.load.importers.har.recording import Exchange
from plimsoll.load.importers.har.words import noun_before, noun_of

Where = Literal["path", "query", "header", "cookie", "form", "json", "text"]


@dataclass(frozen=True, slots=True)
class Use:
    """A value in a request. `name` is a parameter's, field's or header's; `noun` what it is about ("project")."""

    where: Where
    name: str
    value: str | int | float
    noun: str = ""


def uses_of(request: Exchange, payload: Payload) -> Iterator[Use]:
    yield from path_uses(request.path)
    yield from pair_uses("query", fields_of(request.query), request.path)
    yield from (Use("header", name, value) for name, value in kept_headers(request.headers))
    yield from (Use("cookie", name, value) for name, value in cookies_of(request))
    if payload.kind in ("form", "multipart"):
        yield from pair_uses("form", payload.value, request.path)
        yield from (Use("text", upload.field, upload.content) for upload in payload.files if upload.content)
    elif payload.kind == "json":
        yield from json_uses(payload.value, "", noun_before(segments_of(request.path)))
    elif payload.kind == "text":
        yield Use("text", "", payload.value)


def cookies_of(request: Exchange) -> list[tuple[str, str]]:
    lines = [value for name, value in request.headers if name.lower() == "cookie"]  # HTTP/2 may send several
    pairs = [part.partition("=") for line in lines for part in line.split(";")]
    return [(name.strip(), value.strip()) for name, equals, value in pairs if equals and name.strip() and value.strip()]


def segments_of(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")[1:]]


def path_uses(path: str) -> list[Use]:
    """One for each segment, in order."""
    segments = segments_of(path)
    return [Use("path", "", each, noun_before(segments[:at])) for at, each in enumerate(segments)]


def pair_uses(where: Where, pairs: tuple[tuple[str, str], ...], path: str) -> Iterator[Use]:
    about = noun_before(segments_of(path))
    return (pair_use(where, name, value, about) for name, value in pairs)


def pair_use(where: Where, name: str, value: str, about: str) -> Use:
    return Use(where, name, value, noun_of(name) or about)


def json_uses(value: Any, name: str, about: str) -> Iterator[Use]:
    """The leaves of a JSON value, by the nearest name above each."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from json_uses(inner, key, about)
    elif isinstance(value, list):
        for inner in value:
            yield from json_uses(inner, name, about)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield json_use(name, value, about)


def json_use(name: str, value: str | int | float, about: str) -> Use:
    return Use("json", name, value, noun_of(name) or about)
