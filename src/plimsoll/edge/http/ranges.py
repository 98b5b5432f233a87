"""One range of bytes (RFC 9110, 14)."""

import re
from typing import Final

_UNIT: Final = re.compile(rb"bytes=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE: Final = re.compile(rb"([0-9]*)-([0-9]*)")
_DIGITS_MAX: Final = 19  # more is beyond any body


class Unsatisfiable:
    """What is asked for begins behind the body's end: 416."""


UNSATISFIABLE: Final = Unsatisfiable()


def parse_range(value: bytes, size: int) -> tuple[int, int] | Unsatisfiable | None:
    """The bytes [start, stop) of a body with `size` bytes, UNSATISFIABLE, or None where Range is to be ignored and the
    whole body told: another unit, what is no range, more than one of them (which may cost far more than it asks for).

    Takes time in proportion to the value, whatever is in it.
    """
    found = _UNIT.fullmatch(value)
    if found is None:
        return None
    one = found[1].strip(b" \t,")
    spec = _RANGE.fullmatch(one) if len(one) <= 2 * _DIGITS_MAX + 1 and b"," not in one else None
    if spec is None:
        return None
    start, end = spec[1], spec[2]
    if not start:
        return _suffix(end, size)
    if end and int(end) < int(start):
        return None
    if int(start) >= size:
        return UNSATISFIABLE
    return int(start), min(int(end) + 1, size) if end else size


def _suffix(length: bytes, size: int) -> tuple[int, int] | Unsatisfiable | None:
    """The last bytes of the body; a body without any has no last ones."""
    if not length:
        return None
    wanted = min(int(length), size)
    return (size - wanted, size) if wanted else UNSATISFIABLE
