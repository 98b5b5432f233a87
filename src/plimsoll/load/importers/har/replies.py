"""The values that an answer brings, each with the Python that takes it out of the answer. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from plimsoll.load.importers.har.choosing import Step
from plimsoll.load.importers.har.pages import fields_of_page, tokens_of_page
from plimsoll.load.importers.har.places import PLACES_MAX, Place
from plimsoll.load.importers.har.recording import Exchange, essence, header_of
from plimsoll.load.importers.har.secret_names import is_opaque, is_secret_name
from plimsoll.load.importers.har.uses import segments_of
from plimsoll.load.importers.har.words import is_id, is_id_name, noun_before, noun_of, noun_within
from plimsoll.load.importers.source import literal

DEPTH_MAX = 30  # of what is looked at in an answer


def places_of(step: Step) -> Iterator[Place]:
    """Everything that may be used later, those easiest to read first."""
    for each in step.chain:
        yield from _cookies(each)
    answer = step.answer
    yield from _of_json(answer, step.request)
    text = answer.reply_text or ""
    yield from fields_of_page(text)
    if essence(answer.reply_type) in ("text/html", "application/xhtml+xml"):
        yield from tokens_of_page(text)
    yield from _of_headers(answer, step)


def _of_json(answer: Exchange, request: Exchange) -> list[Place]:
    text = (answer.reply_text or "").strip()
    if text[:1] not in ("{", "["):
        return []
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    about = noun_before(segments_of(request.path))
    found = []
    for place in _leaves(document, "reply.json()", "", about, 0):
        found.append(place)
        if len(found) >= PLACES_MAX:
            break
    return sorted(found, key=lambda place: place.depth)


def _leaves(value: Any, code: str, name: str, about: str, depth: int) -> Iterator[Place]:
    if depth > DEPTH_MAX:
        return
    if isinstance(value, dict):
        about = noun_within(name) or about
        for key, inner in value.items():
            if _is_of_the_recording(key):
                continue
            yield from _leaves(inner, f"{code}[{literal(key)}]", key, about, depth + 1)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{code}[{at}]", name, about, depth + 1)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield Place(value, code, name, (noun_of(name) if is_id_name(name) else "") or about, depth)


def _is_of_the_recording(key: str) -> bool:
    """Whether a key names one thing or host, which another answer will not have."""
    return is_id(key) or is_opaque(key) or re.search(r"//|@|\w\.\w", key) is not None


def _cookies(each: Exchange) -> Iterator[Place]:
    for name, value in set_cookies(each):
        code = f'user.cookies.get({literal(name)}) or ""'
        yield Place(value, code, name, "", is_cookie=True)
        if unquote(value) != value:
            yield Place(unquote(value), f"unquote({code})", name, "", is_cookie=True)


def set_cookies(each: Exchange) -> list[tuple[str, str]]:
    """Cookies that an answer sets; some recorders join several headers by line breaks."""
    lines = [line for name, value in each.reply_headers if name.lower() == "set-cookie" for line in value.splitlines()]
    pairs = [line.partition(";")[0].partition("=") for line in lines]
    return [(name.strip(), value.strip()) for name, equals, value in pairs if equals and name.strip() and value.strip()]


def _of_headers(answer: Exchange, step: Step) -> Iterator[Place]:
    """Tokens and tags in headers, and the identifier at the end of where the answer leads."""
    for name, value in answer.reply_headers:
        lowered = name.lower()
        if lowered == "etag" or (is_secret_name(name) and lowered not in ("set-cookie", "www-authenticate")):
            yield Place(value, f'reply.headers.get({literal(lowered)}, "")', name, noun_of(name))
    location = header_of(answer.reply_headers, "location")
    if location and (answer.status == 201 or not step.follows):
        yield from _last_segment(location, 'reply.headers.get("location", "")')
    if len(step.chain) > 1:
        yield from _last_segment(answer.url, "reply.url")


def _last_segment(url: str, code: str) -> Iterator[Place]:
    parts = urlsplit(url)
    segments = segments_of(parts.path)
    if segments and segments[-1]:
        whole = f'{code}.partition("?")[0]' if parts.query else code
        yield Place(segments[-1], f'{whole}.rpartition("/")[2]', "id", noun_before(segments[:-1]))
