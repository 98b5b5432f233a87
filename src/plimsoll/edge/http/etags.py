"""Entity tags (RFC 9110, 8.8.3)."""

import re
from typing import Final

_TAG: Final = re.compile(rb'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_MEMBER: Final = re.compile(rb'[ \t,]*((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)')


def is_entity_tag(value: bytes) -> bool:
    """Whether it is written as one: `"…"` or `W/"…"`."""
    return _TAG.fullmatch(value) is not None


def is_strong(value: bytes) -> bool:
    """Whether it is an entity tag that changes with every byte of the body."""
    return value[:1] == b'"' and is_entity_tag(value)


def strongly_equal(one: bytes, other: bytes) -> bool:
    """The same, and neither weak: needed to put ranges together (RFC 9110, 8.8.3.2)."""
    return one == other and is_strong(one)


def weakly_equal(one: bytes, other: bytes) -> bool:
    """The same but for weakness: enough to say that nothing has changed."""
    return one.removeprefix(b"W/") == other.removeprefix(b"W/")


def is_listed(tag: bytes, listed: bytes) -> bool:
    """Whether If-None-Match's value has the tag, compared weakly (RFC 9110, 13.1.2); `*` has every one.

    A tag that somebody wrote without quotes is equal only to a list that is just that. What is no list stops being read
    where it ceases to be one. Takes time in proportion to the list.
    """
    listed = listed.strip(b" \t")
    if listed == b"*" or listed == tag:
        return True
    at = 0
    while found := _MEMBER.match(listed, at):
        if weakly_equal(found[1], tag):
            return True
        at = found.end()
    return False
