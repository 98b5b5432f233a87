"""Whole numbers of seconds, as caches write them."""

from typing import Final

DELTA_MAX_S: Final = 2**31  # what is more counts as this (RFC 9111, 1.2.2)


def delta_seconds(value: bytes) -> int | None:
    """Digits alone, or None. Zeros in front are fine; what is beyond 2**31 is 2**31, however long it is."""
    if not value.isdigit():  # of bytes: ASCII only
        return None
    digits = value.lstrip(b"0")
    return min(int(digits or b"0"), DELTA_MAX_S) if len(digits) <= 10 else DELTA_MAX_S
