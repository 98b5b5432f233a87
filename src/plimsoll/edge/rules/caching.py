"""What a response says about being stored, and for how long: targeted fields, Cache-Control, Expires; and its age."""

from dataclasses import dataclass, replace

from plimsoll.edge.http.dates import parse_date
from plimsoll.edge.http.message import Fields, combined, first
from plimsoll.edge.http.numbers import delta_seconds
from plimsoll.edge.rules.directives import NOTHING, Directives, parse_cache_control
from plimsoll.edge.rules.policy import HEURISTIC, LIFETIME_MAX_S, Policy
from plimsoll.edge.rules.targeted import targeted


@dataclass(frozen=True, slots=True)
class Caching:
    """The directives that count, and whether Expires counts beside them (not where a targeted field does: RFC 9213,
    2.2). `declared`: the response says at all that it may be stored and used again."""

    directives: Directives
    expires: bytes | None
    declared: bool


def caching_of(fields: Fields, policy: Policy) -> Caching:
    """By the first targeted field that can be read, or else by Cache-Control and Expires."""
    said = targeted(fields, policy.targets)
    if said is not None:
        return Caching(said, None, _declared(said))
    value = combined(fields, b"cache-control")
    directives = NOTHING if value is None else parse_cache_control(value)
    expires = first(fields, b"expires")
    return Caching(directives, expires, _declared(directives) or expires is not None)


def _declared(said: Directives) -> bool:
    lifetime = said.max_age_s is not None or said.s_maxage_s is not None
    return lifetime or said.public or said.no_cache or bool(said.no_cache_fields)


def has_lifetime(caching: Caching) -> bool:
    """Whether it says for how long."""
    said = caching.directives
    return said.max_age_s is not None or said.s_maxage_s is not None or caching.expires is not None


def lifetime_s(
    caching: Caching, status: int, fields: Fields, date_s: float, received_s: float, policy: Policy
) -> float:
    """For how long it is fresh from when it was made, in seconds; 0 where it is not (RFC 9111, 4.2.1 and 4.2.2)."""
    said = caching.directives
    for explicit in (said.s_maxage_s, said.max_age_s):
        if explicit is not None:
            return min(float(explicit), LIFETIME_MAX_S)
    if caching.expires is not None:
        expires_s = parse_date(caching.expires.strip(b" \t"), received_s)
        return 0.0 if expires_s is None else min(max(0.0, expires_s - date_s), LIFETIME_MAX_S)
    if policy.heuristic_share <= 0 or not (status in HEURISTIC or said.public):
        return 0.0
    modified = first(fields, b"last-modified")
    modified_s = None if modified is None else parse_date(modified, received_s)
    if modified_s is None:
        return 0.0
    return min(max(0.0, date_s - modified_s) * policy.heuristic_share, policy.heuristic_max_s)


def date_of(fields: Fields, received_s: float) -> float:
    """When it was made: Date, or when it was received where that is missing or cannot be read (RFC 9110, 6.6.1)."""
    value = first(fields, b"date")
    date_s = None if value is None else parse_date(value, received_s)
    return received_s if date_s is None else date_s


def born_s(fields: Fields, date_s: float, requested_s: float, received_s: float) -> float:
    """When it was 0 seconds old: `received_s` less the corrected initial age (RFC 9111, 4.2.3).

    Date has whole seconds, and is compared as such: what was made within this one is not older for it.
    """
    return received_s - max(0.0, received_s // 1 - date_s, age_of(fields) + max(0.0, received_s - requested_s))


def age_of(fields: Fields) -> int:
    """What Age says, by its first member; 0 where that is no number (RFC 9111, 5.1)."""
    value = first(fields, b"age")
    return 0 if value is None else delta_seconds(value.partition(b",")[0].strip(b" \t")) or 0


def without_no_store(said: Directives) -> Directives:
    """As it counts for who understands the status code (must-understand: RFC 9111, 5.2.2.3)."""
    return replace(said, no_store=False)
