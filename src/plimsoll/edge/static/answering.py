"""What a request gets of a file that is ready: whole, a part, or the word that the client has it. Pure.

Preconditions in the order of RFC 9110, 13.2.2; they are judged for the representation that would be sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from plimsoll.edge.http.dates import parse_date
from plimsoll.edge.http.etags import is_listed, is_strong, strongly_equal
from plimsoll.edge.http.message import Field
from plimsoll.edge.http.ranges import Unsatisfiable, parse_range
from plimsoll.edge.static.coding import IDENTITY, chosen
from plimsoll.edge.static.prepared import Form, Prepared

_ASKED: Final = frozenset(
    {b"accept-encoding", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since"}
    | {b"range", b"if-range"}
)
_KEPT_BY_304: Final = frozenset({b"cache-control", b"etag", b"last-modified", b"vary"})  # RFC 9110, 15.4.5
_KEPT_BY_NONE: Final = frozenset({b"vary", b"accept-ranges", b"x-content-type-options"})
STRONG_AGE_S: Final = 1.0  # RFC 9110, 8.8.2.2: of a date as a strong validator
_PLAIN: Final = (b"content-type", b"text/plain; charset=utf-8")
_NOT_KEPT: Final = (b"cache-control", b"no-store")


@dataclass(slots=True)
class Answer:
    """`fields` are the caller's to change. Of the form's bytes [start, stop) are the body; `text` is, where there is no
    form."""

    status: int
    fields: list[Field]
    form: Form | None = None
    start: int = 0
    stop: int = 0
    text: bytes = b""


def answer(prepared: Prepared, asked: Iterable[Field], now_s: float) -> Answer:
    """For GET and HEAD alike. `now_s` is since 1970."""
    found: dict[bytes, bytes] = {}
    for key, value in asked:
        if key in _ASKED:
            found[key] = found[key] + b"," + value if key in found else value
    forms = prepared.forms
    if len(forms) > 1:
        form = forms[chosen(found.pop(b"accept-encoding", None), forms)]
    else:
        found.pop(b"accept-encoding", None)
        form = forms[IDENTITY]
    if not found:
        return Answer(200, form.head.copy(), form, 0, form.size)
    return _conditionally(prepared, form, found, now_s)


def _conditionally(prepared: Prepared, form: Form, asked: dict[bytes, bytes], now_s: float) -> Answer:
    modified_s = prepared.modified_s
    if _fails(asked, form, modified_s, now_s):
        return Answer(
            412, [*_head(form, _KEPT_BY_NONE), *_said(b"precondition failed\n")], text=b"precondition failed\n"
        )
    if _is_unchanged(asked, form, modified_s, now_s):
        return Answer(304, _head(form, _KEPT_BY_304))
    wanted = asked.get(b"range")
    if wanted is None or not _ranges_hold(asked.get(b"if-range"), form, modified_s, now_s):
        return Answer(200, form.head.copy(), form, 0, form.size)
    part = parse_range(wanted, form.size)
    if part is None:
        return Answer(200, form.head.copy(), form, 0, form.size)
    if isinstance(part, Unsatisfiable):
        text = b"no such range\n"
        return Answer(416, [*_head(form, _KEPT_BY_NONE), *_said(text), (b"content-range", b"bytes */%d" % form.size)],
                      text=text)  # fmt: skip
    start, stop = part
    fields = [field for field in form.head if field[0] != b"content-length"]
    fields.append((b"content-length", b"%d" % (stop - start)))
    fields.append((b"content-range", b"bytes %d-%d/%d" % (start, stop - 1, form.size)))
    return Answer(206, fields, form, start, stop)


def plain(status: int, text: bytes, *more: Field) -> Answer:
    """An answer that is about no file, and that nobody keeps."""
    return Answer(status, [*_said(text), *more], text=text)


def _said(text: bytes) -> list[Field]:
    return [_PLAIN, _NOT_KEPT, (b"content-length", b"%d" % len(text))]


def _head(form: Form, names: frozenset[bytes]) -> list[Field]:
    return [field for field in form.head if field[0] in names]


def _fails(asked: dict[bytes, bytes], form: Form, modified_s: float | None, now_s: float) -> bool:
    """RFC 9110, 13.1.1 and 13.1.4."""
    listed = asked.get(b"if-match")
    if listed is not None:
        return not _is_strongly_listed(form.etag, listed)
    since = asked.get(b"if-unmodified-since")
    if since is None or modified_s is None:
        return False
    at_s = parse_date(since, now_s)
    return at_s is not None and modified_s > at_s


def _is_strongly_listed(etag: bytes, listed: bytes) -> bool:
    """Weak ones are made others, since lists are compared weakly."""
    return is_listed(etag, listed.replace(b'W/"', b'"W/'))


def _is_unchanged(asked: dict[bytes, bytes], form: Form, modified_s: float | None, now_s: float) -> bool:
    """RFC 9110, 13.1.2 and 13.1.3."""
    listed = asked.get(b"if-none-match")
    if listed is not None:
        return is_listed(form.etag, listed)
    since = asked.get(b"if-modified-since")
    if since is None or modified_s is None:
        return False
    at_s = parse_date(since, now_s)
    return at_s is not None and modified_s <= at_s


def _ranges_hold(condition: bytes | None, form: Form, modified_s: float | None, now_s: float) -> bool:
    """RFC 9110, 13.1.5: what is resumed must be the same to the byte."""
    if condition is None:
        return True
    if is_strong(condition):
        return strongly_equal(condition, form.etag)
    at_s = parse_date(condition, now_s)
    return at_s is not None and at_s == modified_s and now_s - modified_s >= STRONG_AGE_S
