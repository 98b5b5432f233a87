"""The second key: what a request says in the fields that a response's Vary names (RFC 9111, 4.1)."""

import re
from hashlib import sha256
from typing import Final

from plimsoll.edge.http.message import Request, values
from plimsoll.edge.keys.coding import accepted

VARY_MAX: Final = 8  # names; what varies by more is not stored
VARIANTS_MAX: Final = 32  # of one URI; who stores another lets one go
_LENGTH_MAX: Final = 256  # of a value; a longer one counts by its SHA-256

# Values that are no lists: a comma in them has no meaning that we know, nor have the blanks around it.
_NO_LISTS: Final = frozenset(
    {b"authorization", b"cookie", b"date", b"from", b"host", b"origin", b"referer", b"user-agent"}
    | {b"if-modified-since", b"if-unmodified-since", b"if-range", b"content-type", b"x-csrf-token", b"x-api-key"}
)
_COMMA: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[ \t]*,[ \t]*')
_CODED: Final = b"15:accept-encoding"  # its value is one of few, and needs no length
_LANGUAGES: Final = b"accept-language"


def second(request: Request, vary: tuple[bytes, ...]) -> bytes:
    """The key of this request among what is stored for its URI: names (lower-case, sorted, once each) and values, each
    with its length; a field that is missing differs from an empty one.

    Requests that say the same in other words have the same: lines combined, blanks around commas left out,
    Accept-Encoding by the codings that count, Accept-Language in lower case.
    """
    if len(vary) == 1:  # most vary by Accept-Encoding alone
        return _part(vary[0], values(request.fields, vary[0]))
    return b"".join([_part(name, values(request.fields, name)) for name in vary])


def _part(name: bytes, lines: list[bytes]) -> bytes:
    if name == b"accept-encoding":
        return _CODED + accepted(lines[0] if len(lines) == 1 else b", ".join(lines)) + b";"
    value = _normal(name, lines)
    return b"%d:%b-" % (len(name), name) if value is None else b"%d:%b%b" % (len(name), name, _counted(value))


def _normal(name: bytes, lines: list[bytes]) -> bytes | None:
    if not lines:
        return None
    if name in _NO_LISTS:
        return b"\n".join(lines)  # no value has it
    value = b",".join(line.strip(b" \t") for line in lines)
    if len(value) <= _LENGTH_MAX:  # of a longer one reading it would take time by the square of its length
        value = _COMMA.sub(_short, value).strip(b",")
    return value.lower() if name == _LANGUAGES else value


def _short(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0][:1] == b'"' else b","


def _counted(value: bytes) -> bytes:
    if len(value) <= _LENGTH_MAX:
        return b"%d:%b" % (len(value), value)
    return b"h" + sha256(value).digest()
