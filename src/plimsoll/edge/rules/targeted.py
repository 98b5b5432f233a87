"""Targeted fields, of which CDN-Cache-Control is one (RFC 9213): cache directives as a dictionary."""

from collections.abc import Mapping
from typing import Final

from plimsoll.edge.http.message import Fields, combined
from plimsoll.edge.http.structured import InnerList, Member, Token, parse_dictionary
from plimsoll.edge.rules.directives import Directives, directives_of

_SECONDS: Final = frozenset({"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"})
_FORBIDS: Final = frozenset({"no-store", "private", "no-cache", "must-revalidate", "proxy-revalidate"})


def targeted(fields: Fields, names: tuple[bytes, ...]) -> Directives | None:
    """The directives of the first of these fields that can be read and is not empty, or None (RFC 9213, 2.2).

    A field is passed over whole where a lifetime in it is of another type (`max-age="10"`), unless it forbids
    something: what forbids counts whatever stands beside it. Parameters, and directives that nobody knows, are nothing.
    """
    for name in names:
        value = combined(fields, name)
        members = None if value is None else parse_dictionary(value)
        if members and (_is_well_typed(members) or not _FORBIDS.isdisjoint(members)):
            return directives_of(
                {key.encode(): _text(member) for key, member in members.items() if _is_said(key, member)}
            )
    return None


def _is_said(key: str, member: Member) -> bool:
    """What is said to be false is not, but for what forbids."""
    return member[0] is not False or key in _FORBIDS


def _is_well_typed(members: Mapping[str, Member]) -> bool:
    return all(type(members[name][0]) is int for name in _SECONDS.intersection(members))


def _text(member: Member) -> bytes | None:
    """As Cache-Control would have it; None for a directive alone, b"?" for what cannot be its value."""
    if isinstance(member, InnerList):
        return b"?"
    match member.value:
        case True:
            return None
        case bool():
            return b"?"
        case int() as number:
            return b"%d" % number
        case Token() | str() as text:
            return text.encode("ascii", "replace")
    return b"?"
