"""Which stored response answers a request, and whether it may without asking the origin (RFC 9111, 4; RFC 5861)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from plimsoll.edge.http.message import Field, Fields, Request, has_body
from plimsoll.edge.keys.second import second
from plimsoll.edge.rules.directives import NOTHING, Directives, parse_cache_control
from plimsoll.edge.rules.parts import part_for
from plimsoll.edge.rules.policy import DEFAULT, Policy
from plimsoll.edge.rules.status import Because
from plimsoll.edge.rules.stored import Stored

_WISHES: Final = frozenset({b"cache-control", b"pragma"})
_FOR_THE_ORIGIN: Final = frozenset({b"if-match", b"if-unmodified-since"})  # RFC 9111, 4.3.2: not for caches to evaluate
_HEARD: Final = _WISHES | _FOR_THE_ORIGIN | {b"content-length", b"transfer-encoding"}
_CONDITIONS: Final = frozenset({b"if-none-match", b"if-modified-since", b"if-range", b"range"})


class Answer(NamedTuple):
    """From the store, by `rules.answered`. `because`: "fresh", or "max-stale", where the client takes what is stale."""

    stored: Stored
    age_s: int
    because: str


class Stale(NamedTuple):
    """As Answer, and one validation goes behind it, for all who come meanwhile: with `fields`."""

    stored: Stored
    fields: list[Field]
    because: str


class Validate(NamedTuple):
    """The origin is asked with `fields`: the request's own with conditions of ours for the client's, and without Range.

    A 304 goes to `rules.freshened`; another answer takes the place of what is stored; an error may be answered by what
    `rules.instead_of_error` says.
    """

    stored: Stored
    fields: list[Field]
    because: Because


class Forward(NamedTuple):
    """The origin is asked as the client asked, by the name that RFC 9211 has for the reason. `stored`: what is there
    and stale, without a validator to ask with; it may still be told instead of an error."""

    because: Because
    stored: Stored | None = None


class Refuse(NamedTuple):
    """The client wants what is stored, and nothing that is may be told (RFC 9111, 5.2.1.7)."""

    status: int


Look = Answer | Stale | Validate | Forward | Refuse


def look(request: Request, variants: Sequence[Stored], now_s: float, policy: Policy = DEFAULT) -> Look:
    """What to do with a request whose key has these stored responses. `now_s`: seconds since 1970."""
    if request.method != "GET" and request.method != "HEAD":
        return Forward("method")
    heard = None
    for name, _ in request.fields:
        if name in _HEARD:
            heard = wishes_of(request.fields, policy)
            break
    stored = selected(request, variants)
    if heard is None:
        if stored is None:
            return _missed(request, variants, NOTHING, now_s)
        if now_s < stored.fresh_until_s and not stored.validate:
            return Answer(stored, int(now_s - stored.born_s) if now_s > stored.born_s else 0, "fresh")
        return _not_fresh(request, stored, now_s)
    if has_body(request.fields):
        return Forward("bypass")
    if any(name in _FOR_THE_ORIGIN for name, _ in request.fields):
        return Forward("request", stored)
    if stored is None:
        return _missed(request, variants, heard, now_s)
    return _wished(request, stored, heard, now_s)


def _missed(request: Request, variants: Sequence[Stored], heard: Directives, now_s: float) -> Look:
    """No whole is there; a part may do."""
    part = part_for(request, variants, now_s) if variants else None
    if part is not None and _is_wanted(heard, now_s - part.born_s, part.fresh_until_s - now_s):
        return Answer(part, part.age_s(now_s), "fresh")
    if heard.only_if_cached:
        return Refuse(504)
    return Forward("vary-miss" if any(one.part is None for one in variants) else "uri-miss")


def selected(request: Request, variants: Sequence[Stored]) -> Stored | None:
    """Of those that the request's fields select, the one made last (RFC 9111, 4.1)."""
    best: Stored | None = None
    vary: tuple[bytes, ...] = ()
    own = b""
    for one in variants:
        if one.part is not None:
            continue
        if one.vary != vary:  # most have the same names, whose key is then made once
            vary = one.vary
            own = second(request, vary) if vary else b""
        if own != one.second:
            continue
        if best is None or (one.date_s, one.received_s) > (best.date_s, best.received_s):
            best = one
    return best


def wishes_of(fields: Fields, policy: Policy) -> Directives:
    """What the client asks of caches; Pragma counts only where it says nothing in Cache-Control."""
    if not policy.hears_requests:
        return NOTHING
    lines = [value for name, value in fields if name == b"cache-control"]
    if lines:
        return parse_cache_control(b", ".join(lines))
    pragma = [value for name, value in fields if name == b"pragma"]
    return Directives(no_cache=parse_cache_control(b", ".join(pragma)).no_cache) if pragma else NOTHING


def _wished(request: Request, stored: Stored, heard: Directives, now_s: float) -> Look:
    age_s = stored.age_s(now_s)
    left_s = stored.fresh_until_s - now_s
    wanted = _is_wanted(heard, now_s - stored.born_s, left_s)
    if wanted and not stored.validate:
        if left_s > 0:
            return Answer(stored, age_s, "fresh")
        if heard.max_stale_s is not None and not stored.never_stale and -left_s <= heard.max_stale_s:
            return Answer(stored, age_s, "max-stale")
    if heard.only_if_cached:
        return Refuse(504)
    if wanted:
        return _not_fresh(request, stored, now_s)
    return _ask(request, stored, "request" if left_s > 0 and not stored.validate else "stale")


def _is_wanted(heard: Directives, age_s: float, left_s: float) -> bool:
    """Whether the client would have it as it is, if it were fresh. With max-age=0, as browsers reload, never."""
    if heard.no_cache or (heard.min_fresh_s is not None and left_s < heard.min_fresh_s):
        return False
    return heard.max_age_s is None or 0 < heard.max_age_s >= age_s


def _not_fresh(request: Request, stored: Stored, now_s: float) -> Look:
    if now_s < stored.stale_until_s and not stored.validate and not stored.never_stale:
        return Stale(stored, conditions(request, stored), "stale-while-revalidate")
    return _ask(request, stored, "stale")


def _ask(request: Request, stored: Stored, because: Because) -> Look:
    if stored.etag is None and stored.modified is None:
        return Forward(because, stored)
    return Validate(stored, conditions(request, stored), because)


def conditions(request: Request, stored: Stored) -> list[Field]:
    """The request's fields with the stored validators for the client's conditions (RFC 9111, 4.3.1)."""
    fields = [field for field in request.fields if field[0] not in _CONDITIONS]
    if stored.etag is not None:
        fields.append((b"if-none-match", stored.etag))
    if stored.modified is not None:
        fields.append((b"if-modified-since", stored.modified))
    return fields


def instead_of_error(
    request: Request, stored: Stored, now_s: float, policy: Policy = DEFAULT, *, unreachable: bool = False
) -> Stored | None:
    """What may be told where the origin answered 500, 502, 503 or 504 (RFC 5861, 4), or None.

    `unreachable`: there was no answer. Then what was fresh once may be told without having said so (RFC 9111, 4.2.4).
    """
    if stored.validate or stored.never_stale:
        return None
    heard = wishes_of(request.fields, policy)
    until_s = max(stored.error_until_s, stored.fresh_until_s + (heard.stale_if_error_s or 0))
    if unreachable and stored.fresh_until_s > stored.received_s:
        until_s = max(until_s, stored.fresh_until_s + policy.stale_if_unreachable_s)
    return stored if now_s < until_s and not heard.no_cache else None
