"""Keys of calls: two calls share one only if nothing that their answers depend on differs. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any, Final
from uuid import UUID

DEPTH_MAX: Final = 5
DIGITS: Final = 40  # hexadecimal: 160 bits, by which no two calls will ever meet
CACHED: Final = 1_000
ITEMS_MAX: Final = 10_000  # of one call's parameters, those within arrays included
_BY_REPR: Final = frozenset({
    int, bool, float, str, bytes, Decimal, date, time, timedelta, IPv4Address, IPv4Interface, IPv4Network, IPv6Address,
    IPv6Interface, IPv6Network, type(None),
})  # fmt: skip


class UnsureError(Exception):
    """Why parameters make no key, in words."""


def key_of(sql: str, fingerprint: str, context: tuple[object, ...], parameters: Sequence[Any]) -> str:
    """A text of fixed length. Raises UnsureError where values cannot be told apart for sure."""
    parts = list(_parts(parameters, 0))
    if len(parts) > ITEMS_MAX:
        raise UnsureError(f"its parameters have more than {ITEMS_MAX:,} values")
    said = f"{_asked(sql, fingerprint, context)} {parts!r}".encode(errors="surrogatepass")
    return hashlib.sha256(said).hexdigest()[:DIGITS]


@lru_cache(CACHED)
def _asked(sql: str, fingerprint: str, context: tuple[object, ...]) -> str:
    """Of all calls of a statement by one who asks, so that a long text is not read again for each."""
    return hashlib.sha256(repr((sql, fingerprint, context)).encode(errors="surrogatepass")).hexdigest()


def _parts(values: Sequence[Any], depth: int) -> Iterator[str]:
    """Texts that tell types apart, 1 from True and 1.0; arrays are opened and closed."""
    for value in values:
        kind = type(value)
        if kind in _BY_REPR:
            yield f"{kind.__name__} {value!r}"
        elif kind is datetime:
            yield f"datetime {value.isoformat()} {value.fold} {value.utcoffset()}"
        elif isinstance(value, UUID) and not isinstance(value, Enum):
            yield f"uuid {value}"
        elif kind in (list, tuple) and depth < DEPTH_MAX:
            yield "["
            yield from _parts(value, depth + 1)
            yield "]"
        else:
            raise UnsureError(f"a parameter's type, {kind.__qualname__}: its values cannot be told apart for sure")
