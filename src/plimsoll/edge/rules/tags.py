"""Tags of a response, by which it is purged: from Cache-Groups (RFC 9875) and the fields that vendors read.

A tag is lower-case visible ASCII without comma and blank. What else a group, a key or an address may be is hashed, and
its family is kept (`project:…`), so that whoever purges `project:*` reaches it; nothing is ever cut off.

What is stored without a tag that its origin meant outlives the change that should have purged it. So what cannot be
read for certain (one tag with a blank in it, or two without a comma?) is said to be so, and never left out.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Final

from plimsoll.core.tag import LONG
from plimsoll.edge.http.message import Field, Fields, combined, values
from plimsoll.edge.http.structured import Item, parse_list

TAGS_MAX: Final = 50  # of a response; one with more is not stored, since a purge by one that is not kept would miss it
TAG_CHARACTERS_MAX: Final = 128
GROUPS: Final = b"cache-groups"

_COMMAS: Final = (b"cache-tag", b"edge-cache-tag")
_BLANKS: Final = (b"surrogate-key", b"xkey")
TAG_FIELDS: Final = frozenset({GROUPS, *_COMMAS, *_BLANKS})
_PORTABLE: Final = re.compile(r"[!-+\--@\[-~]+")  # visible, no comma, no capital
_FAMILY: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}:")
_SEPARATED: Final = re.compile(rb"[ \t,]+")
# Separators that another field has, quotes, parameters, control characters, and a star that stands for no family.
_UNREADABLE: Final = re.compile(rb"[\x00-\x20\x7f\";]|(?<!:)\*|\*(?!\Z)")


class Untagged(StrEnum):
    """Why a response has no tags by which it could be purged, in the words of `rules.Pass`."""

    MANY = "tags"
    UNREADABLE = "unreadable tags"


UNTAGGED: Final = frozenset(one.value for one in Untagged)


def portable(text: str) -> str:
    """The tag for a text: the same for the same text, and another for another one."""
    if len(text) <= TAG_CHARACTERS_MAX and _PORTABLE.fullmatch(text):
        return text
    family = _FAMILY.match(text)
    known = family[0] if family else ""
    digest = sha256(text[len(known) :].encode(errors="surrogatepass")).hexdigest()
    return f"{known}{LONG}{digest}"


def tags_of(fields: Fields) -> tuple[str, ...] | Untagged:
    """The tags of a response, each once, in order; or why not: more than TAGS_MAX, or a field that cannot be read."""
    if not any(name in TAG_FIELDS for name, _ in fields):
        return ()
    tags: dict[str, None] = {}
    for text in _texts(fields):
        if text is None:
            return Untagged.UNREADABLE
        tags[portable(text)] = None
        if len(tags) > TAGS_MAX:
            return Untagged.MANY
    return tuple(tags)


def without_tags(fields: Fields) -> list[Field]:
    """The fields as clients see them: what is tagged says much about how an application is built."""
    return [field for field in fields if field[0] not in TAG_FIELDS]


def groups_in(value: bytes) -> list[str] | None:
    """The groups of a list of Strings; None where it is none (RFC 9875, 2 and 3)."""
    members = parse_list(value)
    if members is None:
        return None
    groups = [one.value for one in members if isinstance(one, Item) and type(one.value) is str]
    return groups if len(groups) == len(members) else None


def _texts(fields: Fields) -> Iterator[str | None]:
    """None for what cannot be read."""
    groups = combined(fields, GROUPS)
    if groups is not None:
        found = groups_in(groups)
        yield from [None] if found is None else found
    for name in _COMMAS:
        for line in values(fields, name):
            yield from (_text(part) for one in line.split(b",") if (part := one.strip(b" \t")))
    for name in _BLANKS:
        for line in values(fields, name):
            yield from (_text(part) for part in _SEPARATED.split(line) if part)


def _text(raw: bytes) -> str | None:
    return None if _UNREADABLE.search(raw) else raw.decode("utf-8", "surrogateescape")
