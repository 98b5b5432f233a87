"""May a response be stored, and as what (RFC 9111, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.edge.http.dates import format_date, parse_date
from plimsoll.edge.http.message import Field, Fields, Request, Response, end_to_end, first, has_body, is_token, values
from plimsoll.edge.keys.coding import CODINGS, accepted
from plimsoll.edge.keys.primary import primary
from plimsoll.edge.keys.second import VARY_MAX, second
from plimsoll.edge.rules.blaming import is_own_error
from plimsoll.edge.rules.caching import Caching, born_s, caching_of, date_of, has_lifetime, lifetime_s, without_no_store
from plimsoll.edge.rules.directives import Directives, parse_cache_control
from plimsoll.edge.rules.invalidating import key_of_location
from plimsoll.edge.rules.parts import part_key, part_of
from plimsoll.edge.rules.policy import DEFAULT, EXPLICIT, HEURISTIC, UNDERSTOOD, Policy
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.rules.tags import TAG_FIELDS, Untagged, tags_of

# What is never kept of a head (RFC 9111, 3.1; Warning is no longer told: 5.5).
PRIVATE_FIELDS: Final = frozenset({b"set-cookie", b"set-cookie2"})
NOT_KEPT: Final = PRIVATE_FIELDS | {b"age", b"warning"}


@dataclass(frozen=True, slots=True)
class Keep:
    """It may be stored, when its whole body is there (`stored.with_body`)."""

    stored: Stored


@dataclass(frozen=True, slots=True)
class Pass:
    """It goes to who asked, and to nobody else. `why` in a few words, for logs and counts."""

    why: str


def judge(
    request: Request,
    response: Response,
    *,
    requested_s: float,
    received_s: float,
    policy: Policy = DEFAULT,
    beside: Sequence[Stored] = (),
) -> Keep | Pass:
    """Whether the origin's answer to `request` may be stored, where `beside` is stored for its key.

    `requested_s` and `received_s` are when the request was sent and when the answer's head came, on the clock of
    `now_s`.
    """
    caching = caching_of(response.fields, policy)
    why = _asked(request, response, caching) or _status(response.status, caching, policy)
    part = part_of(request, response) if response.status == 206 else None
    if response.status == 206 and (part is None or any(one.part is None for one in beside)):
        why = "part"
    if why is None and is_error(response.status, policy) and not _is_guessed(response.status, caching, policy):
        why = None if has_lifetime(caching) and is_own_error(request, beside) else "error"
    if why is not None:
        return Pass(why)
    said = caching.directives
    if said.must_understand:
        if response.status not in UNDERSTOOD:
            return Pass("must-understand")
        said = without_no_store(said)
    why = forbidden(request, response.fields, said)
    if why is not None:
        return Pass(why)
    if not caching.declared and not _is_guessed(response.status, caching, policy):
        return Pass("nothing said")
    kept = _kept(request, response, replace(caching, directives=said), requested_s, received_s, policy)
    if part is not None and isinstance(kept, Keep):
        if not is_ever_told(kept.stored):
            return Pass("part")
        kept.stored.part = part
        kept.stored.second += part_key(part)
    return kept


def _asked(request: Request, response: Response, caching: Caching) -> str | None:
    if request.method != "GET" and not _is_what_get_has(request, response, caching):
        return "method"
    if request.method == "GET" and has_body(request.fields):
        return "body"
    said = [parse_cache_control(value) for value in values(request.fields, b"cache-control")]
    return "request no-store" if any(one.no_store for one in said) else None


def _is_what_get_has(request: Request, response: Response, caching: Caching) -> bool:
    """Whether the answer to POST says that it is what GET would have, and for how long (RFC 9110, 9.3.3)."""
    if request.method != "POST" or response.status != 200 or not has_lifetime(caching):
        return False
    locations = values(response.fields, b"content-location")
    return len(locations) == 1 and key_of_location(request, locations[0]) == primary(request) is not None


def _is_guessed(status: int, caching: Caching, policy: Policy) -> bool:
    return policy.heuristic_share > 0 and status in HEURISTIC and not caching.declared


def _status(status: int, caching: Caching, policy: Policy) -> str | None:
    if status < 200 or status == 304:  # which is about another response
        return "status"
    if status == 206:
        return None
    if status in policy.statuses or _is_guessed(status, caching, policy):
        return None
    return None if status in EXPLICIT and (status < 500 or policy.error_max_s > 0) else "status"


def is_error(status: int, policy: Policy) -> bool:
    """Whether it is stored only as an error is: for a short time, and if it is the server's own."""
    return status >= 500 and status not in policy.statuses


def forbidden(request: Request, fields: Fields, said: Directives) -> str | None:
    """Why what has these fields, and says this, is not for others; None where it may be."""
    if said.no_store:
        return "no-store"
    if said.private:
        return "private"
    if any(name in PRIVATE_FIELDS for name, _ in fields):
        return "set-cookie"
    if first(request.fields, b"authorization") is not None and not _shareable(said):
        return "authorization"
    return None


def _shareable(said: Directives) -> bool:
    """Although the request had Authorization (RFC 9111, 3.5)."""
    return said.public or said.must_revalidate or said.s_maxage_s is not None


def _kept(
    request: Request, response: Response, caching: Caching, requested_s: float, received_s: float, policy: Policy
) -> Keep | Pass:
    vary = vary_of(response.fields)
    if vary is None:
        return Pass("vary")
    if not _fits_coding(request, response.fields):
        return Pass("coding")
    tags = tags_of(response.fields)
    if isinstance(tags, Untagged):
        return Pass(tags.value)
    stored = stored_from(request, response, vary, caching, requested_s, received_s, policy)
    stored.tags = tags
    if not is_ever_told(stored):
        if not caching.declared:
            return Pass("nothing said")
        if stored.etag is None and stored.modified is None:
            return Pass("never fresh")
    return Keep(stored)


def is_ever_told(stored: Stored) -> bool:
    """Whether there is a time at which it is told without being validated."""
    ends_s = max(stored.fresh_until_s, stored.stale_until_s, stored.error_until_s)
    return not stored.validate and ends_s > stored.received_s


def vary_of(fields: Fields) -> tuple[bytes, ...] | None:
    """What the key of a variant is made of: the names in Vary, and Accept-Encoding where the body is coded, which not
    all who code it say.

    None for `*`, which no other request matches, for what can be no name, so that nobody knows what it depends on, and
    for more than VARY_MAX of them.
    """
    names = _named(fields)
    if len(names) > VARY_MAX or b"*" in names or not all(map(is_token, names)):
        return None
    if first(fields, b"content-encoding") is not None:
        names.add(b"accept-encoding")
    return tuple(sorted(names))


def _named(fields: Fields) -> set[bytes]:
    return {part.strip(b" \t").lower() for line in values(fields, b"vary") for part in line.split(b",")} - {b""}


def _fits_coding(request: Request, fields: Fields) -> bool:
    """Whether all who have this request's short Accept-Encoding can read the body, if the origin has looked at it."""
    if b"accept-encoding" not in _named(fields):
        return True
    codings = [part.strip(b" \t").lower() for line in values(fields, b"content-encoding") for part in line.split(b",")]
    short = accepted(b", ".join(values(request.fields, b"accept-encoding"))).split(b", ")
    return all(coding in (b"", b"identity") or (coding in CODINGS and coding in short) for coding in codings)


def stored_from(
    request: Request | None,
    response: Response,
    vary: tuple[bytes, ...],
    caching: Caching,
    requested_s: float,
    received_s: float,
    policy: Policy,
) -> Stored:
    """All that a hit needs, reckoned once."""
    said, date_s = caching.directives, date_of(response.fields, received_s)
    born = born_s(response.fields, date_s, requested_s, received_s)
    fresh_until_s = born + lifetime_s(caching, response.status, response.fields, date_s, received_s, policy)
    never_stale = _never_stale(said, policy)
    revalidate_s = _or(said.stale_while_revalidate_s, policy.stale_while_revalidate_s)
    error_s = _or(said.stale_if_error_s, policy.stale_if_error_s)
    modified = first(response.fields, b"last-modified")
    stored = Stored(
        status=response.status,
        fields=kept_fields(response.fields, said, policy, received_s),
        vary=vary,
        second=second(request, vary) if vary and request is not None else b"",
        born_s=born,
        fresh_until_s=fresh_until_s,
        stale_until_s=fresh_until_s + (0.0 if never_stale else revalidate_s),
        error_until_s=fresh_until_s + (0.0 if never_stale else error_s),
        validate=said.no_cache,
        never_stale=never_stale,
        etag=first(response.fields, b"etag"),
        modified=modified,
        modified_s=None if modified is None else parse_date(modified, received_s),
        date_s=date_s,
        received_s=received_s,
    )
    if is_error(response.status, policy):
        stored.shorten(received_s + policy.error_max_s)
    return stored


def kept_fields(fields: Fields, said: Directives, policy: Policy, received_s: float) -> tuple[Field, ...]:
    """What is told of the head later on, with Date in any case (RFC 9110, 6.6.1)."""
    gone = NOT_KEPT.union(said.no_cache_fields)
    if not policy.shows_tags:
        gone |= TAG_FIELDS
    kept = [field for field in end_to_end(fields) if field[0] not in gone]
    if first(kept, b"date") is None:
        kept.append((b"date", format_date(received_s)))
    return tuple(kept)


def _never_stale(said: Directives, policy: Policy) -> bool:
    shared = said.s_maxage_s is not None and not policy.stale_beside_s_maxage
    return said.must_revalidate or said.proxy_revalidate or said.no_cache or shared


def _or(said_s: int | None, otherwise_s: float) -> float:
    return otherwise_s if said_s is None else float(said_s)
