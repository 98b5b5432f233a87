"""Whose fault is an error: only what is the server's own may be told to others (cache-poisoned denial of service)."""

from collections.abc import Sequence
from typing import Final

from plimsoll.edge.http.message import Fields, Request
from plimsoll.edge.rules.stored import Stored

# What servers and applications are known to fail at: more than some of them take, or characters they do not expect.
FIELD_BYTES_MAX: Final = 2_048
FIELDS_BYTES_MAX: Final = 8_192
FIELDS_MAX: Final = 50
_VISIBLE: Final = bytes(range(0x20, 0x7F))


def is_own_error(request: Request, beside: Sequence[Stored]) -> bool:
    """Whether a 5xx may be stored: nothing in the request looks as if it had been made to bring it about, and nothing
    else is stored for the key whose place it would take."""
    return _is_plain(request.fields) and not any(one.status < 500 for one in beside)


def _is_plain(fields: Fields) -> bool:
    sizes = [len(name) + len(value) for name, value in fields]
    if len(sizes) > FIELDS_MAX or sum(sizes) > FIELDS_BYTES_MAX or max(sizes, default=0) > FIELD_BYTES_MAX:
        return False
    return not any(value.translate(None, _VISIBLE) for _, value in fields)
