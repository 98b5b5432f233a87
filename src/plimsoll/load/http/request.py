"""Requests: from what a scenario asks for to bytes. Pure, but for the sizes of files."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from random import Random
from typing import Any, Final, TypedDict

from plimsoll import __version__
from plimsoll.core.errors import UsageError
from plimsoll.load.http.body import Body, Pairs, content_body, form_body, json_body, multipart_body, urlencoded
from plimsoll.load.http.origin import Origin

# A retry of these changes nothing more than the first try did (RFC 9110, 9.2.2).
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
READING: Final = frozenset({"GET", "HEAD"})
TIMEOUT_S_MAX: Final = 1e6
_DEFAULTS: Final = (
    ("User-Agent", f"plimsoll/{__version__}"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
)
_OURS: Final = ("content-length", "transfer-encoding", "upgrade")  # the framing is the driver's
_METHOD = re.compile(r"[A-Z][A-Z-]{0,30}").fullmatch
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}").fullmatch
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search


class RequestOptions(TypedDict, total=False):
    """What `user.http` takes by name; see docs/guides/http.md."""

    params: Pairs | None
    headers: Mapping[str, str] | None
    json: Any
    form: Pairs | None
    files: Pairs | None
    content: bytes | str | None
    bearer: str | None
    basic: tuple[str, str] | None
    expect: int | tuple[int, ...] | list[int] | None
    redirects: bool
    timeout: float | None
    max_bytes: int | None


def _unknown(name: str) -> UsageError:
    known = list(RequestOptions.__annotations__)
    nearest = get_close_matches(name, known, n=1)
    remedy = f"did you mean {nearest[0]!r}?" if nearest else f"one of {', '.join(known)}"
    return UsageError(f"user.http has no option {name!r}", why="its name is not known", remedy=remedy)


def check_options(options: Mapping[str, Any]) -> None:
    """Raises UsageError for an option that is none, and for what would be found out only when it is too late."""
    unknown = options.keys() - RequestOptions.__annotations__.keys()
    if unknown:
        raise _unknown(min(unknown))
    timeout, size, expect = options.get("timeout"), options.get("max_bytes"), options.get("expect")
    if timeout is not None and not (isinstance(timeout, (int, float)) and 0 < timeout < TIMEOUT_S_MAX):
        raise UsageError("wrong timeout for user.http", why=f"{timeout!r} is not a number of seconds above 0")
    if size is not None and not (isinstance(size, int) and size > 0):
        raise UsageError("wrong max_bytes for user.http", why=f"{size!r} is not a number of bytes above 0")
    if not all(isinstance(one, int) for one in (expect if isinstance(expect, (list, tuple)) else (expect or 0,))):
        raise UsageError("wrong expect for user.http", why=f"{expect!r} is no status", remedy="409, or (200, 409)")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready but for the user's cookies."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]  # of this request only; they win over the user's
    body: Body | None = None

    @property
    def retriable(self) -> bool:
        return self.method in IDEMPOTENT and (self.body is None or self.body.whole is not None)

    def redirected(self, status: int, target: str) -> "Request":
        """The request that follows a redirect: as it was for 307 and 308, else a GET without a body."""
        if status in (307, 308) or self.method in READING:
            return Request(self.method, target, self.headers, self.body)
        headers = tuple(item for item in self.headers if item[0].lower() != "content-type")
        return Request("GET", target, headers)


def make_request(
    origin: Origin, method: str, path: str, options: RequestOptions, random: Random, directory: Path
) -> Request:
    """Raises UsageError for what no request can be made of."""
    if not _METHOD(method) or method == "CONNECT":  # which is a proxy's
        raise UsageError("wrong HTTP method", why=f"{method!r} is none", remedy='"GET", "POST" ...')
    target = origin.target(path)
    params = options.get("params")
    if params:
        query = urlencoded(params)
        target += f"{'&' if '?' in target else '?'}{query}" if query else ""
    body = _body(options, random, directory)
    headers = dict(options.get("headers") or {})
    _authorize(headers, options.get("bearer"), options.get("basic"))
    return Request(method, target, checked(headers), body)


def _body(options: RequestOptions, random: Random, directory: Path) -> Body | None:
    kinds = [name for name in ("form", "content") if options.get(name) is not None]
    kinds += ["json"] if "json" in options else []
    files = options.get("files")
    if len(kinds) > 1 or (files and kinds not in ([], ["form"])):
        given = " and ".join([*kinds, *(["files"] if files else [])])
        raise UsageError("user.http takes one body", why=f"it was given {given}", remedy="form may go with files")
    if files is not None and kinds in ([], ["form"]):  # with none too: some servers take forms in parts only
        return multipart_body(files, options.get("form") or (), random, directory)
    if not kinds:
        return None
    if kinds[0] == "json":
        return json_body(options["json"])
    return form_body(options["form"] or ()) if kinds[0] == "form" else content_body(options["content"] or b"")


def _authorize(headers: dict[str, str], bearer: str | None, basic: tuple[str, str] | None) -> None:
    value = authorization(bearer, basic)
    if value:
        headers["Authorization"] = value


def authorization(bearer: str | None, basic: tuple[str, str] | None) -> str:
    """The Authorization header of a bearer token or a name and password; "" without either."""
    if bearer is not None and basic is not None:
        raise UsageError("bearer and basic contradict each other", remedy="leave one of them out")
    if bearer is not None:
        return f"Bearer {_secret(bearer)}"
    return "" if basic is None else _basic(basic)


def _basic(pair: Any) -> str:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or ":" in _secret(pair[0]):
        raise UsageError("wrong basic", why="it is no (name, password), or there is a ':' in the name")
    return "Basic " + base64.b64encode(f"{pair[0]}:{_secret(pair[1])}".encode()).decode()


def _secret(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError("wrong credentials", why=f"a {type(value).__name__} stands where a text is expected")
    return value


def checked(headers: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    """Headers as they may be sent. Raises UsageError; the error never shows a value, which may be a secret."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME(name):
            raise UsageError("wrong header name", why=f"{name!r} is none")
        if name.lower() in _OURS:
            raise UsageError(f"the header {name} is not yours to set", why="the driver frames what is sent")
        if not isinstance(value, str) or _NOT_IN_VALUES(value) or not _is_latin(value):
            raise UsageError(f"wrong value for the header {name}", why="it is no text of one line in Latin-1")
    return tuple(headers.items())


def _is_latin(value: str) -> bool:
    return value.isascii() or all(ord(character) < 256 for character in value)


class UserHeaders(MutableMapping[str, str]):
    """Headers that a user sends with every request, case-insensitive; `changed` is called when they change."""

    __slots__ = ("_changed", "_kept")

    def __init__(self, changed: Callable[[], None]) -> None:
        self._kept: dict[str, tuple[str, str]] = {}
        self._changed = changed

    def __getitem__(self, name: str) -> str:
        return self._kept[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        ((name, value),) = checked({name: value})
        self._kept[name.lower()] = (name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        del self._kept[name.lower()]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)


def head_of(origin: Origin, request: Request, user_headers: Mapping[str, str], cookie: str) -> bytes:
    """Request line and headers as bytes."""
    merged = {"host": ("Host", origin.authority)}
    for name, value in (*_DEFAULTS, *user_headers.items(), *request.headers):
        merged[name.lower()] = (name, value)
    if cookie:
        own = merged.get("cookie")
        merged["cookie"] = ("Cookie", f"{own[1]}; {cookie}" if own else cookie)
    if request.body is not None:
        merged.setdefault("content-type", ("Content-Type", request.body.content_type))
    if request.body is not None or request.method not in READING:
        length = request.body.length if request.body is not None else 0
        merged["content-length"] = ("Content-Length", str(length))
    lines = "".join(f"{name}: {value}\r\n" for name, value in merged.values())
    return f"{request.method} {request.target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
