"""A recorded body as what it means: a JSON value, the fields of a form, files, text or bytes. Pure."""

import base64
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn
from urllib.parse import unquote_plus

from plimsoll.load.importers.har.recording import Param, Post, essence, header_of

DEPTH_MAX = 40  # of JSON that becomes a Python value; deeper it stays a text
BODY_CHARS_MAX = 64 * 1024  # of one body that is written into a scenario
BODIES_CHARS_MAX = 512 * 1024  # of all bodies of a scenario; beyond it only short ones
SHORT_CHARS = 500
Fields = tuple[tuple[str, str], ...]
_FORM = "application/x-www-form-urlencoded"
# One browser puts the body's own headers before a form's text.
_HEADERS_FIRST = re.compile(r"\A(?:[\w-]+: ?[^\r\n]*\r?\n)+\r?\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form; `content` is None where the recording does not have it."""

    field: str
    file_name: str
    content_type: str
    content: str | None


@dataclass(frozen=True, slots=True)
class Payload:
    """What a request carries. `content_type` is said only where the kind alone does not make it so."""

    kind: Literal["none", "json", "form", "multipart", "text", "bytes", "missing", "large"] = "none"
    value: Any = None
    files: tuple[Upload, ...] = ()
    content_type: str = ""
    size: int = 0


NOTHING = Payload()


def payloads_of(posts: Iterable[Post | None]) -> list[Payload]:
    """Those of all steps; once they are too much for one file, only short ones are kept."""
    payloads, chars = [], 0
    for payload in map(payload_of, posts):
        size = len(str(payload.value or ""))
        chars += size
        is_over = chars > BODIES_CHARS_MAX and size > SHORT_CHARS
        payloads.append(Payload("large", content_type=payload.content_type, size=size) if is_over else payload)
    return payloads


def payload_of(post: Post | None) -> Payload:
    if post is None:
        return NOTHING
    kind = essence(post.content_type)
    size = len(post.content) if post.content is not None else post.size
    if kind == "multipart/form-data" or (not kind and _looks_multipart(post.content)):
        return _multipart(post)
    if post.content is None:
        return _of_params(post)
    if size > BODY_CHARS_MAX:
        return Payload("large", content_type=post.content_type, size=size)
    if isinstance(post.content, bytes):
        return Payload("bytes", post.content, content_type=post.content_type, size=size)
    if kind == _FORM:
        return _form(_HEADERS_FIRST.sub("", post.content), post)
    found = _json(post.content, post.content_type) or _json(_unwrapped(post.content), post.content_type)
    return found or Payload("text", post.content, content_type=post.content_type)


def _unwrapped(text: str) -> str:
    """JSON that one proxy writes in base64 without saying so."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _looks_multipart(content: str | bytes | None) -> bool:
    """Some recorders leave the type out."""
    return (
        isinstance(content, str)
        and re.match(r"--\S+\r?\ncontent-disposition: form-data", content, re.IGNORECASE) is not None
    )


def _json(text: str, content_type: str) -> Payload | None:
    """Also of what is called something else, as scripts do who leave the type to the browser."""
    said = essence(content_type)
    is_json = said == "application/json" or said.endswith("+json")
    if not is_json and (said not in ("", "text/plain") or text.lstrip()[:1] not in ("{", "[")):
        return None
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if _is_deeper(value, DEPTH_MAX):
        return None
    return Payload("json", value, content_type="" if said == "application/json" else content_type)


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inner)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _form(text: str, post: Post) -> Payload:
    found = _json(text.strip(), "text/plain")
    if found:
        return Payload("json", found.value, content_type=post.content_type)
    if "=" not in text and text.strip():
        return Payload("text", text, content_type=post.content_type)
    return Payload("form", fields_of(text.strip()))


def fields_of(text: str) -> Fields:
    """The fields of a query or of a form, decoded, in their order."""
    parts = [piece.partition("=") for piece in text.split("&") if piece]
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in parts)


def _of_params(post: Post) -> Payload:
    if not post.params:
        return Payload("missing", content_type=post.content_type, size=post.size)
    if len(post.params) == 1 and not post.params[0].value and post.params[0].name[:1] in ("{", "["):
        return _form(post.params[0].name, post)  # JSON under the name of a form
    return Payload("form", tuple((param.name, param.value or "") for param in post.params))


def _multipart(post: Post) -> Payload:
    parts = list(post.params) or _parts(post)
    if not parts:
        return Payload("missing", content_type="multipart/form-data", size=post.size)
    fields = tuple((part.name, part.value or "") for part in parts if not _is_file(part))
    files = tuple(_upload(part) for part in parts if _is_file(part))
    return Payload("multipart", fields, files)


def _is_file(part: Param) -> bool:
    return bool(part.file_name) or bool(part.content_type)


def _upload(part: Param) -> Upload:
    content = part.value if part.value and len(part.value) <= BODY_CHARS_MAX else None
    name = part.file_name.replace("\\", "/").rpartition("/")[2]  # some browsers told whole paths
    return Upload(part.name, name or "file", essence(part.content_type), content)


def _parts(post: Post) -> list[Param]:
    if post.content is None:
        return []
    text = post.content.decode("latin-1") if isinstance(post.content, bytes) else post.content
    found = re.search(r'boundary="?([^";,\s]+)', post.content_type) or re.match(r"\s*--([^\r\n]+)", text)
    if found is None:
        return []
    pieces = re.split(rf"(?:\A|\r?\n)--{re.escape(found[1])}(?:--)?[ \t]*(?:\r?\n|\Z)", text)
    return [part for part in map(_part, pieces) if part]


def _part(text: str) -> Param | None:
    head, blank, content = text.partition("\r\n\r\n") if "\r\n\r\n" in text else text.partition("\n\n")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head.splitlines())]
    disposition = header_of(headers, "content-disposition")
    named = re.search(r'[;\s]name="?([^";]*)', disposition)
    if not blank or named is None:
        return None
    file = re.search(r'filename="?([^";]*)', disposition)
    type_of = header_of(headers, "content-type")
    is_text = not file and essence(type_of) in ("", "text/plain")
    return Param(named[1], content, file[1] or "file" if file else "", "" if is_text else type_of or "text/plain")
