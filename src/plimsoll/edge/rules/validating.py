"""What a 304, or an answer to HEAD, does to what is stored (RFC 9111, 4.3.3 to 4.3.5 and 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.edge.http.etags import is_strong, strongly_equal, weakly_equal
from plimsoll.edge.http.message import Field, Fields, Request, Response, end_to_end, first
from plimsoll.edge.rules.caching import caching_of
from plimsoll.edge.rules.judging import NOT_KEPT, PRIVATE_FIELDS, forbidden, stored_from, vary_of
from plimsoll.edge.rules.policy import DEFAULT, Policy
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.rules.tags import TAGS_MAX, Untagged, tags_of

# What belongs to the stored body, whatever a 304 says of it (RFC 9111, 3.2; digests: RFC 9530, before it RFC 1864), and
# what is never kept.
_NOT_UPDATED: Final = (
    NOT_KEPT
    | {b"content-encoding", b"content-length", b"content-range", b"transfer-encoding"}
    | {b"content-md5", b"content-digest"}
)


@dataclass(frozen=True, slots=True)
class Freshened:
    """After a validation that found nothing changed.

    `stored` is what the client is told (by `rules.answered`), with `private` fields beside, which are only for it.
    `updates` are pairs of what was stored and what takes its place; None in the second place: it is to be dropped.
    """

    stored: Stored
    updates: tuple[tuple[Stored, Stored | None], ...]
    private: tuple[Field, ...]


def freshened(
    request: Request,
    variants: Sequence[Stored],
    asked: Stored,
    response: Response,
    *,
    requested_s: float,
    received_s: float,
    policy: Policy = DEFAULT,
) -> Freshened | None:
    """After a 304 to a request that was asked with `asked`'s validators. None: the 304 is of something else, and the
    origin has to be asked again without conditions.

    A strong entity tag updates all variants that have it; else it is `asked` that was found unchanged.
    """
    if not _is_about(asked, response.fields):
        return None
    etag = first(response.fields, b"etag")
    same = [
        one
        for one in variants
        if etag and one is not asked and one.part is None and one.etag and strongly_equal(one.etag, etag)
    ]
    vary = vary_of(response.fields)
    others = [one for one in same if first(response.fields, b"vary") is None or vary == one.vary]
    updated = _updated(request, asked, response.fields, requested_s, received_s, policy)
    is_tagged = _is_tagged(updated, response.fields)
    said = caching_of(updated.fields, policy).directives
    own = PRIVATE_FIELDS.union(said.no_cache_fields)  # what was validated just now, the client who asked may have
    private = tuple(field for field in end_to_end(response.fields) if field[0] in own)
    why = forbidden(request, (), said)
    if why == "authorization":
        return Freshened(updated, (), private)
    if why is not None or not is_tagged or vary_of(updated.fields) is None:
        return Freshened(updated, tuple((one, None) for one in (asked, *others)), private)
    rest = tuple((one, _updated(None, one, response.fields, requested_s, received_s, policy)) for one in others)
    return Freshened(updated, ((asked, updated), *rest), private)


def headed(
    request: Request,
    asked: Stored,
    response: Response,
    *,
    requested_s: float,
    received_s: float,
    policy: Policy = DEFAULT,
) -> tuple[Stored, Stored] | None:
    """After a 200 to HEAD: what takes the place of the stored response to GET that the request selects, as a pair;
    where the origin has another one by now, that is `asked` itself, which has to be validated from now on. None:
    nothing."""
    if response.status != 200 or asked.status != 200:
        return None
    if forbidden(request, response.fields, caching_of(response.fields, policy).directives) is not None:
        return None
    for name, kept in ((b"etag", asked.etag), (b"last-modified", asked.modified)):
        value = first(response.fields, name)
        if value is not None and value != kept:
            return asked, _outdated(asked)
    length = first(response.fields, b"content-length")
    if length is not None and length != b"%d" % len(asked.body):
        return asked, _outdated(asked)
    updated = _updated(request, asked, response.fields, requested_s, received_s, policy)
    return (asked, updated) if _is_tagged(updated, response.fields) else (asked, _outdated(asked))


def _is_tagged(updated: Stored, fields: Fields) -> bool:
    """Whether all tags are known by which it is to be purged from now on."""
    return len(updated.tags) <= TAGS_MAX and not isinstance(tags_of(fields), Untagged)


def _outdated(stored: Stored) -> Stored:
    stored = replace(stored)
    stored.soften()
    return stored


def _is_about(asked: Stored, fields: Fields) -> bool:
    """Whether the 304's validators are those of `asked`; one without any can only be about what was asked for."""
    etag = first(fields, b"etag")
    if etag is not None and asked.etag is not None:
        same = strongly_equal if is_strong(etag) and is_strong(asked.etag) else weakly_equal
        return same(etag, asked.etag)
    modified = first(fields, b"last-modified")
    return modified is None or asked.modified is None or modified == asked.modified


def _updated(
    request: Request | None, old: Stored, fields: Fields, requested_s: float, received_s: float, policy: Policy
) -> Stored:
    """`old` with the fields of a 304 in the place of its own. With `request`, Vary's key is made anew."""
    new = [field for field in end_to_end(fields) if field[0] not in _NOT_UPDATED]
    names = {name for name, _ in new} | {b"date"}
    merged = [field for field in old.fields if field[0] not in names] + new
    vary = vary_of(merged) if request is not None else old.vary
    tags = tags_of(merged)
    caching = caching_of(merged, policy)
    age = [field for field in fields if field[0] == b"age"]
    made = stored_from(
        request, Response(old.status, [*merged, *age]), vary or (), caching, requested_s, received_s, policy
    )
    if request is None:
        made.second = old.second
    made.vary = vary or ()
    made.tags = tuple(dict.fromkeys((*old.tags, *(() if isinstance(tags, Untagged) else tags))))
    made.body = old.body
    return made
