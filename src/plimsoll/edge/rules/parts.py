"""Parts (206): told to who asks for the same bytes, or for some of them (RFC 9111, 3.3).

They are never put together, nor validated: a part is told while it is fresh, and where no whole is stored.
"""

import re
from collections.abc import Sequence
from typing import Final

from plimsoll.edge.http.message import Request, Response, first, values
from plimsoll.edge.http.ranges import parse_range
from plimsoll.edge.keys.second import second
from plimsoll.edge.rules.stored import Part, Stored

_CONTENT_RANGE: Final = re.compile(rb"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", re.IGNORECASE)
_ASKED_BYTES_MAX: Final = 48


def part_of(request: Request, response: Response) -> Part | None:
    """Which part the response is, or None for what is none, or more than one, or may depend on If-Range."""
    asked, ranges = _asked(request), values(response.fields, b"content-range")
    found = _CONTENT_RANGE.fullmatch(ranges[0].strip(b" \t")) if len(ranges) == 1 else None
    if asked is None or found is None:
        return None
    start, last, size = (int(number) for number in found.groups())
    if not start <= last < size or not isinstance(parse_range(asked, size), tuple):
        return None
    return Part(asked, start, last + 1 - start, size)


def part_key(part: Part) -> bytes:
    """Behind the second key, which has lengths and so ends where it ends."""
    return b"range:%d:%b" % (len(part.asked), part.asked)


def part_for(request: Request, variants: Sequence[Stored], now_s: float) -> Stored | None:
    """A fresh part of what the request's fields select that answers its range."""
    asked = _asked(request)
    if asked is None:
        return None
    for one in variants:
        if one.part is None or one.validate or now_s >= one.fresh_until_s:
            continue
        fits = one.part.asked == asked or within(asked, one.part, one.body) is not None
        if fits and one.second == (second(request, one.vary) if one.vary else b"") + part_key(one.part):
            return one
    return None


def within(asked: bytes, part: Part, body: bytes) -> tuple[int, int] | None:
    """Where in the body of a part the range lies; None where it is not wholly there, or all of it was asked for."""
    found = parse_range(asked, part.size) if asked != part.asked else None
    if not isinstance(found, tuple):
        return None
    start, stop = found[0] - part.start, found[1] - part.start
    return (start, stop) if start >= 0 and stop <= len(body) else None


def _asked(request: Request) -> bytes | None:
    """What Range says of a GET, if it is one range that depends on nothing else."""
    ranges = values(request.fields, b"range")
    if request.method != "GET" or len(ranges) != 1 or first(request.fields, b"if-range") is not None:
        return None
    asked = ranges[0].strip(b" \t").lower()
    return asked if len(asked) <= _ASKED_BYTES_MAX and b"," not in asked else None
