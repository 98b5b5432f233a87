"""Cache-Control's directives, of requests and responses (RFC 9111, 5.2; RFC 5861), however they are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plimsoll.edge.http.message import TOKEN, is_token
from plimsoll.edge.http.numbers import DELTA_MAX_S, delta_seconds

_MEMBER: Final = re.compile(
    rb"(?P<name>" + TOKEN + rb')(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<token>' + TOKEN + rb")))?[ \t]*(?:,|$)",
    re.DOTALL,
)
_SEPARATORS: Final = b" \t,"
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_WORD: Final = re.compile(rb"[a-z0-9-]+")

# What counts also where what stands around it cannot be read: each of them only forbids.
_FORBIDDING: Final = frozenset(
    {b"no-store", b"private", b"no-cache", b"must-revalidate", b"proxy-revalidate", b"max-age", b"s-maxage"}
)
_CACHED_BYTES_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Directives:
    """What is said. Seconds are None where nothing is said.

    A lifetime that is no whole number of seconds is 0: what cannot be read counts as stale (RFC 9111, 4.2.1). Of what
    is said twice the first counts. `no_cache_fields` are those that no-cache names (lower-case); with names
    that cannot be any, and with none, it is `no_cache`. `private` with names is `private`: the whole is not stored.
    """

    max_age_s: int | None = None
    s_maxage_s: int | None = None
    min_fresh_s: int | None = None
    max_stale_s: int | None = None
    stale_while_revalidate_s: int | None = None
    stale_if_error_s: int | None = None
    no_store: bool = False
    no_cache: bool = False
    no_cache_fields: tuple[bytes, ...] = ()
    private: bool = False
    public: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    only_if_cached: bool = False


NOTHING: Final = Directives()


def parse_cache_control(value: bytes) -> Directives:
    """The directives of all lines of Cache-Control, joined by commas. Nothing is refused."""
    return _cached(value) if len(value) <= _CACHED_BYTES_MAX else directives_of(_members(value))


def directives_of(members: Mapping[bytes, bytes | None]) -> Directives:
    """From names (lower-case) and values; None where a directive has none."""
    fields = _field_names(members.get(b"no-cache"))
    return Directives(
        max_age_s=_lifetime(members, b"max-age"),
        s_maxage_s=_lifetime(members, b"s-maxage"),
        min_fresh_s=delta_seconds(members.get(b"min-fresh") or b""),
        max_stale_s=_staleness(members),
        stale_while_revalidate_s=delta_seconds(members.get(b"stale-while-revalidate") or b""),
        stale_if_error_s=delta_seconds(members.get(b"stale-if-error") or b""),
        no_store=b"no-store" in members,
        no_cache=b"no-cache" in members and not fields,
        no_cache_fields=fields,
        private=b"private" in members,
        public=b"public" in members,
        must_revalidate=b"must-revalidate" in members,
        proxy_revalidate=b"proxy-revalidate" in members,
        must_understand=b"must-understand" in members,
        only_if_cached=b"only-if-cached" in members,
    )


@lru_cache(maxsize=1024)
def _cached(value: bytes) -> Directives:
    return directives_of(_members(value))


def _members(value: bytes) -> dict[bytes, bytes | None]:
    """Takes time in proportion to the value, whatever is in it."""
    members: dict[bytes, bytes | None] = {}
    value = value.strip(_SEPARATORS)
    at, end = 0, len(value)
    while at < end:
        if found := _MEMBER.match(value, at):
            _add(members, found)
            at = found.end()
        else:
            stop = value.find(b",", at)
            stop = end if stop < 0 else stop
            for word in _WORD.findall(value[at:stop].lower()):
                if word in _FORBIDDING:
                    members.setdefault(word, None)
            at = stop
        while at < end and value[at] in _SEPARATORS:
            at += 1
    return members


def _add(members: dict[bytes, bytes | None], found: re.Match[bytes]) -> None:
    name, said = found["name"].lower(), found["token"]
    if found["quoted"] is not None:
        said = _ESCAPE.sub(rb"\1", found["quoted"])
    if name == b"no-cache" and name in members:
        before = members[name]
        members[name] = None if said is None or before is None else before + b"," + said
    members.setdefault(name, said)


def _lifetime(members: Mapping[bytes, bytes | None], name: bytes) -> int | None:
    return (delta_seconds(members[name] or b"") or 0) if name in members else None


def _staleness(members: Mapping[bytes, bytes | None]) -> int | None:
    """Of max-stale: without a value any staleness will do."""
    if b"max-stale" not in members:
        return None
    said = members[b"max-stale"]
    return DELTA_MAX_S if said is None else delta_seconds(said)


def _field_names(listed: bytes | None) -> tuple[bytes, ...]:
    """() where there is none, or one that cannot be a name."""
    names = [name.strip(b" \t").lower() for name in (listed or b"").split(b",")]
    named = tuple(dict.fromkeys(name for name in names if name))
    return named if all(map(is_token, named)) else ()
