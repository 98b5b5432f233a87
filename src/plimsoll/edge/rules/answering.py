"""What a client is told of a stored response: conditions, one range, HEAD (RFC 9110, 13 and 14; RFC 9111, 4.3.2)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plimsoll.edge.http.dates import parse_date
from plimsoll.edge.http.etags import is_listed, strongly_equal
from plimsoll.edge.http.message import Field, Fields, Request, combined, end_to_end, first, without
from plimsoll.edge.http.ranges import Unsatisfiable, parse_range
from plimsoll.edge.rules.parts import within
from plimsoll.edge.rules.policy import DEFAULT, Policy
from plimsoll.edge.rules.status import hit
from plimsoll.edge.rules.stored import Part, Stored
from plimsoll.edge.rules.tags import without_tags

_ASKED: Final = frozenset({b"if-none-match", b"if-modified-since", b"range"})

# What says how the body is, which a 304 is without (RFC 9110, 15.4.5).
_OF_THE_BODY: Final = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"content-language", b"content-range"}
)


@dataclass(slots=True)
class Reply:
    """What is sent: the head, and the body, which is empty for HEAD, 304 and 416."""

    status: int
    fields: Fields
    body: bytes


def answered(
    request: Request, stored: Stored, now_s: float, policy: Policy = DEFAULT, *, cache_status: Field | None = None
) -> Reply:
    """The stored response as this request's answer: 200 and the like, 206, 304 or 416.

    `cache_status` is told in place of a hit, as after a validation (`rules.forwarded`).
    """
    fields = (*stored.fields, _age(stored.age_s(now_s)), cache_status or hit(policy.name, stored.fresh_until_s - now_s))
    body = b"" if request.method == "HEAD" else stored.body
    for name, _ in request.fields:
        if name in _ASKED:
            if stored.part is not None:
                return _part(request, stored, stored.part, fields)
            return _asked(request, stored, fields, body) if stored.status == 200 else Reply(stored.status, fields, body)
    return Reply(stored.status, fields, body)


@lru_cache(maxsize=4096)
def _age(age_s: int) -> Field:
    return (b"age", b"%d" % age_s)


def _asked(request: Request, stored: Stored, fields: Fields, body: bytes) -> Reply:
    if is_unchanged(request, stored):
        return Reply(304, _unchanged(fields), b"")
    value = first(request.fields, b"range")
    if value is None or request.method != "GET" or not _may_be_part(request, stored):
        return Reply(200, fields, body)
    part = parse_range(value, len(stored.body))
    if part is None:
        return Reply(200, fields, body)
    rest = without(fields, (b"content-length", b"content-range"))
    if isinstance(part, Unsatisfiable):
        return Reply(416, [*rest, (b"content-range", b"bytes */%d" % len(body)), (b"content-length", b"0")], b"")
    return Reply(206, _ranged(fields, *part, len(body)), body[slice(*part)])


def _part(request: Request, stored: Stored, part: Part, fields: Fields) -> Reply:
    """As it came to who asks for the same, else those of its bytes that are asked for."""
    if is_unchanged(request, stored):
        return Reply(304, _unchanged(fields), b"")
    found = within((first(request.fields, b"range") or b"").strip(b" \t").lower(), part, stored.body)
    if found is None:
        return Reply(206, fields, stored.body)
    start, stop = found
    return Reply(206, _ranged(fields, part.start + start, part.start + stop, part.size), stored.body[start:stop])


def _ranged(fields: Fields, start: int, stop: int, size: int) -> list[Field]:
    """The fields with those of these bytes."""
    rest = without(fields, (b"content-length", b"content-range"))
    told = (b"content-range", b"bytes %d-%d/%d" % (start, stop - 1, size))
    return [*rest, told, (b"content-length", b"%d" % (stop - start))]


def is_unchanged(request: Request, stored: Stored) -> bool:
    """Whether the client has it as it is: by If-None-Match, and only without that by If-Modified-Since (RFC 9110,
    13.2.2).

    A response without Last-Modified counts as changed at its Date (RFC 9111, 4.3.2).
    """
    listed = combined(request.fields, b"if-none-match")
    if listed is not None:
        return listed.strip(b" \t") == b"*" or (stored.etag is not None and is_listed(stored.etag, listed))
    since = first(request.fields, b"if-modified-since")
    if since is None:
        return False
    if stored.modified is not None and since == stored.modified:
        return True
    since_s = parse_date(since, stored.received_s)
    changed_s = stored.date_s if stored.modified_s is None else stored.modified_s
    return since_s is not None and changed_s <= since_s


def _unchanged(fields: Fields) -> list[Field]:
    rest = without(fields, _OF_THE_BODY)
    return rest if first(rest, b"etag") is None else without(rest, (b"last-modified",))


def _may_be_part(request: Request, stored: Stored) -> bool:
    """By If-Range, if there is one: a strong entity tag, or a date that is strong by being older than Date (RFC 9110,
    13.1.5 and 8.8.2.2)."""
    wanted = first(request.fields, b"if-range")
    if wanted is None:
        return True
    if stored.etag is not None and strongly_equal(wanted, stored.etag):
        return True
    strong = stored.modified_s is not None and stored.modified_s + 1 <= stored.date_s
    return strong and wanted == stored.modified


def told(fields: Fields, policy: Policy, cache_status: Field) -> list[Field]:
    """The fields of a response that is passed on: end to end, without tags that clients do not see, and with ours
    behind what caches before us say in Cache-Status."""
    passed = end_to_end(fields)
    return [*(passed if policy.shows_tags else without_tags(passed)), cache_status]
