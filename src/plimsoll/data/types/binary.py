"""Bits, bytes and addresses: digits of some alphabet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from plimsoll.core.distribution import SIZE_MAX, key, permutation
from plimsoll.data.domain import Unsatisfiable
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.types.characters import BITS, HEX, digits, joined, random_digits, strings
from plimsoll.data.types.choosing import Choices
from plimsoll.data.types.spaces import Counted, Space
from plimsoll.data.types.wanted import Wanted

_BYTES: Final = 16
_BITS: Final = 16
_SMALL_NETWORKS: Final = 2**16  # a.b.0/24 of one private block
_ADDRESSES: Final = 2**24
OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "regclass": ("pg_class", "pg_type", "pg_attribute", "pg_proc"),
    "regtype": ("integer", "text", "boolean", "numeric"),
    "regproc": ("now", "pi", "version"),
    "regprocedure": ("lower(text)", "upper(text)", "abs(integer)"),
    "regnamespace": ("public", "pg_catalog"),
    "regcollation": ('"C"', '"POSIX"'),
    "regconfig": ("simple", "english"),
    "regdictionary": ("simple",),
    "regoperator": ("+(integer,integer)", "-(integer,integer)"),
}


@dataclass(frozen=True, slots=True)
class Digits:
    """A prefix and `width` digits, the last of which tell unique rows apart."""

    alphabet: bytes
    width: int
    prefix: bytes = b""
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return int(len(self.alphabet) ** self._counted)

    @property
    def _counted(self) -> int:
        """How many digits an exact number has room for."""
        width = 0
        while width < self.width and len(self.alphabet) ** (width + 1) <= SIZE_MAX:
            width += 1
        return width

    def values(self, draw: Draw) -> pl.Series:
        if not self.unique:
            return strings(joined(self.prefix, random_digits(draw, self.alphabet, self.width)))
        counted, size = self._counted, len(self.alphabet) ** self._counted
        last = digits(permutation(key(draw.key, "digits"), draw.n, size), self.alphabet, counted)
        return strings(joined(self.prefix, random_digits(draw, self.alphabet, self.width - counted), last))


def octets(wanted: Wanted) -> Digits:
    """bytea, as '\\x' and hexadecimal digits."""
    return Digits(HEX, 2 * _length(wanted, _BYTES), b"\\x", wanted.unique)


def bits(wanted: Wanted) -> Digits:
    """bit(n) has n of them; bit varying up to n."""
    if wanted.type.base == "bit":
        return Digits(BITS, wanted.type.length or 1, unique=wanted.unique)
    length = _length(wanted, _BITS)
    return Digits(BITS, min(length, wanted.type.length or length), unique=wanted.unique)


def addresses(wanted: Wanted) -> Counted:
    """inet: hosts of a private network."""
    return Counted(Space.of([(1, _ADDRESSES - 1)]), partial(_dotted, ending=""), wanted.unique)


def networks(wanted: Wanted) -> Counted:
    """cidr: networks of 256 hosts, or single hosts where those are too few."""
    if wanted.different <= _SMALL_NETWORKS:
        return Counted(Space.of([(0, _SMALL_NETWORKS - 1)]), _small_networks, wanted.unique)
    return Counted(Space.of([(0, _ADDRESSES - 1)]), partial(_dotted, ending="/32"), wanted.unique)


def hardware_addresses(wanted: Wanted) -> Counted:
    """macaddr and macaddr8, locally administered ones."""
    pairs = 7 if wanted.type.base == "macaddr8" else 5
    size = min(256**pairs, SIZE_MAX)
    return Counted(Space.of([(0, size - 1)]), partial(_paired, pairs=pairs), wanted.unique)


def log_positions(wanted: Wanted) -> Counted:
    """pg_lsn."""
    return Counted(Space.of([(1, 2**48)]), _log_positions, wanted.unique)


def snapshots(wanted: Wanted) -> Counted:
    """pg_snapshot and txid_snapshot, without transactions under way."""
    return Counted(Space.of([(100, 2**40)]), _snapshots, wanted.unique)


def row_places(wanted: Wanted) -> Counted:
    """tid."""
    return Counted(Space.of([(1, 2**32 - 1)]), _row_places, wanted.unique)


def database_objects(wanted: Wanted) -> Choices:
    """regclass and its kin: objects that every database has."""
    return Choices(pl.Series(OBJECTS[wanted.type.base], dtype=pl.String), wanted.unique)


def _length(wanted: Wanted, usual: int) -> int:
    low, high = wanted.domain.length_min or 0, wanted.domain.length_max
    length = max(low, usual if high is None else min(usual, high))
    if high is not None and length > high:
        raise Unsatisfiable(f"no {wanted.type.name} has at least {low} and at most {high} of them")
    return length


def _dotted(numbers: Numbers, ending: str) -> pl.Series:
    parts = [_text(numbers >> 16), _text(numbers >> 8 & 255), _text(numbers & 255)]
    return "10." + parts[0] + "." + parts[1] + "." + parts[2] + ending


def _small_networks(numbers: Numbers) -> pl.Series:
    return "10." + _text(numbers >> 8) + "." + _text(numbers & 255) + ".0/24"


def _paired(numbers: Numbers, pairs: int) -> pl.Series:
    codes = digits(numbers, HEX, 2 * pairs)
    parts = [part for place in range(pairs) for part in (b":", codes[:, 2 * place : 2 * place + 2])]
    return strings(joined(b"02", *parts))


def _log_positions(numbers: Numbers) -> pl.Series:
    upper = HEX.upper()
    return strings(joined(digits(numbers >> 32, upper, 8), b"/", digits(numbers & (2**32 - 1), upper, 8)))


def _snapshots(numbers: Numbers) -> pl.Series:
    text = _text(numbers)
    return text + ":" + text + ":"


def _row_places(numbers: Numbers) -> pl.Series:
    return "(" + _text(numbers >> 6) + "," + _text((numbers & 63) + 1) + ")"


def _text(numbers: Numbers) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)
