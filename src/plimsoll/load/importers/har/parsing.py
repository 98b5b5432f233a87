"""From the JSON of a HAR file to a recording, whoever wrote it: what is missing or odd costs no more than itself. Pure.

Browsers, proxies and test tools differ: bodies in base64 or in files, times of any precision, headers as an object,
cookies of several answers in one header, resource types under names of their own.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus, urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.har.recording import Exchange, Pairs, Param, Post, Recording, header_of

ENTRIES_MAX = 100_000
REPLY_CHARS_MAX = 4 * 2**20  # nothing is looked for in a longer answer
Attachment = Callable[[str], bytes | None]


def recording_of(document: Any, where: str, attachment: Attachment = lambda name: None) -> Recording:
    """Raises UsageError for JSON that is no HAR file at all."""
    log = _table(_table(document).get("log"))
    entries = log.get("entries")
    if not isinstance(entries, list):
        missing = "log.entries" if log else "log"
        raise UsageError(
            "no HAR file", where=where, why=f"it has no {missing}", remedy="save the recording as HAR, with content"
        )
    if len(entries) > ENTRIES_MAX:
        why = f"{len(entries):,} entries; at most {ENTRIES_MAX:,}"
        raise UsageError("the HAR file is too large", where=where, why=why, remedy="record less of it")
    exchanges: list[Exchange] = []
    broken: list[tuple[int, str]] = []
    for number, entry in enumerate(entries, 1):
        try:
            exchanges.append(_exchange(number, _table(entry), attachment))
        except ValueError as error:
            broken.append((number, str(error)))
    return Recording(tuple(exchanges), _recorder(log), _titles(log), tuple(broken))


def _recorder(log: dict[str, Any]) -> str:
    made = _table(log.get("creator"))
    said = " ".join(f"{_text(made.get('name'))} {_text(made.get('version'))}".split())[:60]
    return said if said.isprintable() else ""


def _titles(log: dict[str, Any]) -> dict[str, str]:
    pages = sorted(map(_table, _list(log.get("pages"))), key=lambda page: _time(page.get("startedDateTime")) or 0.0)
    return {_text(page.get("id")): " ".join(_text(page.get("title")).split())[:80] for page in pages}


def _exchange(number: int, entry: dict[str, Any], attachment: Attachment) -> Exchange:
    """Raises ValueError with the reason where the entry holds no request."""
    request, response = _table(entry.get("request")), _table(entry.get("response"))
    url = _text(request.get("url")).strip()
    if not request or not url:
        raise ValueError("no URL in it" if request else "no request in it")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("no URL that can be read") from None
    if not parts.scheme or (parts.scheme in ("http", "https") and not parts.hostname):
        raise ValueError("no full URL in it")
    started = _time(entry.get("startedDateTime"))
    headers, reply_headers = _request_headers(request), _pairs(response.get("headers"))
    content = _table(response.get("content"))
    return Exchange(
        number=number,
        method=_text(request.get("method")).strip().upper() or "GET",
        url=_with_query(url, request),
        started=started,
        ended=None if started is None else started + max(_number(entry.get("time")), 0.0) / 1_000,
        headers=headers,
        post=_post(request, headers, attachment),
        status=int(_number(response.get("status"))),
        reply_headers=reply_headers,
        reply_type=_text(content.get("mimeType")) or header_of(reply_headers, "content-type"),
        reply_text=_reply_text(content, attachment),
        location=_text(response.get("redirectURL")) or header_of(reply_headers, "location"),
        resource=_resource(entry),
        page=_text(entry.get("pageref")),
        cached=_cached(entry, response),
    )


def _with_query(url: str, request: dict[str, Any]) -> str:
    """Some tools tell the query apart only; its texts may be escaped already."""
    if "?" in url:
        return url
    pairs = [(name, value) for name, value in _pairs(request.get("queryString"))]
    query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)
    address, sign, fragment = url.partition("#")
    return f"{address}?{query}{sign}{fragment}" if query else url


def _escaped(text: str) -> str:
    return quote_plus(unquote_plus(text) if re.search(r"%[0-9A-Fa-f]{2}", text) else text)


def _request_headers(request: dict[str, Any]) -> Pairs:
    """With the cookies, which some recorders tell apart only, and a name and password out of the address."""
    headers, cookies = _pairs(request.get("headers")), _pairs(request.get("cookies"))
    if cookies and not header_of(headers, "cookie"):
        headers += (("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)),)
    user = urlsplit(_text(request.get("url"))).netloc.rpartition("@")[0]
    if user and not header_of(headers, "authorization"):
        pair = unquote_plus(user if ":" in user else f"{user}:")
        headers += (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
    return headers


def _post(request: dict[str, Any], headers: Pairs, attachment: Attachment) -> Post | None:
    post = _table(request.get("postData"))
    size = int(max(_number(request.get("bodySize")), _number(header_of(headers, "content-length"))))
    if not post:
        return Post(header_of(headers, "content-type"), None, size=size) if size > 0 else None
    content_type = header_of(headers, "content-type") or _text(post.get("mimeType"))
    params = tuple(_param(_table(param)) for param in _list(post.get("params")))
    content = _content(post, attachment)
    if not content and not params and size <= 0:
        return None
    return Post(content_type, content or None, params, size)


def _param(param: dict[str, Any]) -> Param:
    value = param.get("value")
    return Param(
        _text(param.get("name")),
        None if value is None else _text(value),
        _text(param.get("fileName")),
        _text(param.get("contentType")),
    )


def _content(holder: dict[str, Any], attachment: Attachment) -> str | bytes | None:
    """A body's text; bytes where it was kept as such and is no text."""
    kept = _text(holder.get("_file"))
    if kept:
        return _as_text(attachment(kept))
    text = holder.get("text")
    if not isinstance(text, str):
        return None
    text = _mended(text)
    if "base64" in (_text(holder.get("encoding")), _text(holder.get("_encoding"))):
        try:
            return _as_text(base64.b64decode(text))
        except (binascii.Error, ValueError):
            return text
    return text


def _mended(text: str) -> str:
    """UTF-8 that a recorder took for Latin-1; what is not that stays as it is."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _as_text(content: bytes | None) -> str | bytes | None:
    if content is None or b"\0" in content:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _reply_text(content: dict[str, Any], attachment: Attachment) -> str | None:
    if len(_text(content.get("text"))) > REPLY_CHARS_MAX:
        return None
    found = _content(content, attachment)
    return found if isinstance(found, str) else None


def _resource(entry: dict[str, Any]) -> str:
    for name in ("_resourceType", "_type", "resourceType", "_initiator_type"):
        if isinstance(entry.get(name), str):
            return _text(entry[name]).lower()
    return ""


def _cached(entry: dict[str, Any], response: dict[str, Any]) -> bool:
    """Whether the browser had it and asked nobody."""
    if "Cache" in _text(entry.get("_fetchType")):
        return True
    return bool(entry.get("_fromCache") or response.get("_fromCache") or response.get("_fetchedFromCache"))


def _time(value: object) -> float | None:
    """Seconds since 1970 of an ISO time; of a number too, in milliseconds as JavaScript counts."""
    if isinstance(value, (int, float)):
        return value / 1_000 if value > 1e11 else float(value)
    try:
        found = datetime.fromisoformat(_text(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _pairs(value: object) -> Pairs:
    """Headers: a list of names and values or, as some write it, an object. HTTP/2's own are none."""
    if isinstance(value, dict):
        found = [(_text(name), _text(inner)) for name, inner in value.items()]
    else:
        found = [(_text(item.get("name")), _text(item.get("value"))) for item in map(_table, _list(value))]
    return tuple((name.strip(), inner.strip()) for name, inner in found if name.strip() and name.strip()[0] != ":")


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """A text that can be encoded, whatever half a character was in it."""
    text = "" if value is None or isinstance(value, (dict, list)) else str(value)
    return text if text.isascii() else text.encode(errors="surrogatepass").decode(errors="replace")


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, (int, float, str)) and value != "" else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and abs(number) < 1e15 else 0.0
