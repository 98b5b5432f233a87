"""What pages hold for the next request: hidden fields, and tokens in links and scripts. Pure."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from plimsoll.load.importers.har.places import PLACES_MAX, Place
from plimsoll.load.importers.har.secret_names import is_opaque
from plimsoll.load.importers.har.words import noun_of
from plimsoll.load.importers.source import literal

FIELD = "field"  # the helper that reads a form field of a page; written into the scenario where it is needed
BETWEEN = "between"  # the helper that reads what stands between two texts of a page
CONTEXT_CHARS_MAX = 60
_TAG = re.compile(r"<(?:input|meta)\b[^>]{0,8000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_LONG_TOKEN = re.compile(r"(?<![\w-])[\w-]{16,}(?![\w-])")

_ADDRESS = re.compile(r"//|\w\.\w|@")  # a host may be in it, which is not to be named


def fields_of_page(text: str) -> list[Place]:
    """Hidden fields of forms, and tokens in the head; of several of one name the first, as the helper finds it."""
    found: dict[str, Place] = {}
    for tag in islice(_TAG.finditer(text), PLACES_MAX):
        attributes = {name.lower(): html.unescape("".join(value)) for name, *value in _ATTRIBUTE.findall(tag[0])}
        name, value = attributes.get("name", ""), attributes.get("value", attributes.get("content", ""))
        if name:
            code = f"{FIELD}(reply.text, {literal(name)})"
            found.setdefault(name, Place(value, code, name, noun_of(name)))
    return [place for place in found.values() if place.value]


def tokens_of_page(text: str) -> Iterator[Place]:
    """Long tokens anywhere in a page, each once; `located` says how to get at one."""
    seen: set[str] = set()
    for found in islice(_LONG_TOKEN.finditer(text), PLACES_MAX):
        if found[0] not in seen and is_opaque(found[0]):
            seen.add(found[0])
            yield Place(found[0], "", "", "", text=text, start=found.start())


def located(place: Place) -> Place | None:
    """The place with its code: between what stands right before it and nowhere earlier, and the sign behind it."""
    if place.code:
        return place
    end = place.start + len(str(place.value))
    before, after = _before(place.text, place.start), place.text[end : end + 1]
    if not before or not after:
        return None
    name = (re.findall(r"[A-Za-z][\w-]{2,}", before) or ["value"])[-1]
    return replace(place, code=f"{BETWEEN}(reply.text, {literal(before)}, {literal(after)})", name=name)


def _before(text: str, at: int) -> str:
    """The shortest text before a place, from a word's beginning, that is found there first; "" where there is none."""
    line = text[max(0, at - CONTEXT_CHARS_MAX) : at]
    line = line[line.rfind("\n") + 1 :]
    for start in reversed([found.start() for found in re.finditer(r"(?<!\w)\w|<", line)]):
        context = line[start:]
        if len(context) >= 4 and text.find(context) == at - len(context):
            return "" if _LONG_TOKEN.search(context) or _ADDRESS.search(context) else context
    return ""
