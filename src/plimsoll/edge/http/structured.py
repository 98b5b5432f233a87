"""Structured fields (RFC 9651), parsed: lists, dictionaries, items, all of their types. What is not one is None.

A value is an int, Decimal, Token, str (String), bytes (Byte Sequence), bool, Date or DisplayString.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

T = TypeVar("T")


class Token(str):
    """A word without quotes; unlike a String of the same letters."""

    __slots__ = ()


class Date(int):
    """Seconds since 1970, written `@1659578233`."""

    __slots__ = ()


class DisplayString(str):
    """Text with any characters, written `%"f%c3%bc"`."""

    __slots__ = ()


Bare = int | Decimal | Token | str | bytes | bool | Date | DisplayString
Parameters = Mapping[str, Bare]


class Item(NamedTuple):
    """A value with its parameters."""

    value: Bare
    parameters: Parameters


class InnerList(NamedTuple):
    """Items in parentheses, with the parameters of the whole."""

    items: tuple[Item, ...]
    parameters: Parameters


Member = Item | InnerList

_KEY: Final = re.compile(rb"[a-z*][a-z0-9_.*-]*")
_NUMBER: Final = re.compile(rb"-?([0-9]+)(\.[0-9]+)?")
_STRING: Final = re.compile(rb'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*+)"')
_TOKEN: Final = re.compile(rb"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_BYTES: Final = re.compile(rb":([A-Za-z0-9+/=]*):")
_DISPLAY: Final = re.compile(rb'%"((?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*+)"')
_HEX: Final = re.compile(rb"%([0-9a-f]{2})")
_ESCAPE: Final = re.compile(r"\\(.)")
_DIGITS_MAX: Final = 15
_WHOLE_DIGITS_MAX: Final = 12  # of a decimal
_FRACTION_DIGITS_MAX: Final = 3


class _Broken(Exception):
    """What is read is no structured field: it is none as a whole (RFC 9651, 4.2)."""


def parse_dictionary(value: bytes) -> dict[str, Member] | None:
    """Members by key, in order; of a key that comes twice the last counts, where the first stood. Lines are joined by
    commas before. An empty dictionary is {}."""
    return _parsed(value, _dictionary)


def parse_list(value: bytes) -> list[Member] | None:
    """Members in order. Lines are joined by commas before. An empty list is []."""
    return _parsed(value, _list)


def parse_item(value: bytes) -> Item | None:
    """One value with its parameters."""
    return _parsed(value, _Reader.item)


def _parsed(value: bytes, read: "Callable[[_Reader], T]") -> T | None:
    reader = _Reader(value.strip(b" "))
    try:
        got = read(reader)
        return got if reader.at == len(reader.value) else None
    except _Broken:
        return None


class _Reader:
    """Reads from `at` on; each method leaves `at` behind what it has read, or raises _Broken."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.at = 0

    def sees(self, byte: bytes) -> bool:
        return self.value.startswith(byte, self.at)

    def take(self, byte: bytes) -> bool:
        seen = self.sees(byte)
        self.at += seen
        return seen

    def skip(self, blanks: bytes) -> None:
        while self.at < len(self.value) and self.value[self.at] in blanks:
            self.at += 1

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        found = pattern.match(self.value, self.at)
        if found is None:
            raise _Broken
        self.at = found.end()
        return found

    def key(self) -> str:
        return self.match(_KEY)[0].decode("ascii")

    def item(self) -> Item:
        return Item(self.bare(), self.parameters())

    def member(self) -> Member:
        if not self.take(b"("):
            return self.item()
        items: list[Item] = []
        while True:
            self.skip(b" ")
            if self.take(b")"):
                return InnerList(tuple(items), self.parameters())
            items.append(self.item())
            if not (self.sees(b" ") or self.sees(b")")):
                raise _Broken

    def parameters(self) -> Parameters:
        got: dict[str, Bare] = {}
        while self.take(b";"):
            self.skip(b" ")
            key = self.key()
            got[key] = self.bare() if self.take(b"=") else True
        return got

    def bare(self) -> Bare:
        start = self.value[self.at : self.at + 1]
        if start.isdigit() or start == b"-":
            return self.number()
        if start.isalpha() or start == b"*":
            return Token(self.match(_TOKEN)[0].decode("ascii"))
        read = _STARTS.get(start)
        if read is None:
            raise _Broken
        return read(self)

    def number(self) -> int | Decimal:
        found = self.match(_NUMBER)
        whole, fraction = found[1], found[2]
        if fraction is None:
            if len(whole) > _DIGITS_MAX:
                raise _Broken
            return int(found[0])
        if len(whole) > _WHOLE_DIGITS_MAX or len(fraction) - 1 > _FRACTION_DIGITS_MAX:
            raise _Broken
        return Decimal(found[0].decode("ascii"))

    def string(self) -> str:
        return _ESCAPE.sub(r"\1", self.match(_STRING)[1].decode("ascii"))

    def byte_sequence(self) -> bytes:
        encoded = self.match(_BYTES)[1]
        try:
            return b64decode(encoded + b"=" * (-len(encoded) % 4), validate=True)
        except Error:
            raise _Broken from None

    def boolean(self) -> bool:
        self.at += 1
        if not (self.sees(b"0") or self.sees(b"1")):
            raise _Broken
        self.at += 1
        return self.value[self.at - 1] == ord("1")

    def date(self) -> Date:
        self.at += 1
        number = self.number()
        if isinstance(number, Decimal):
            raise _Broken
        return Date(number)

    def display_string(self) -> DisplayString:
        raw = _HEX.sub(lambda found: bytes([int(found[1], 16)]), self.match(_DISPLAY)[1])
        try:
            return DisplayString(raw.decode("utf-8"))
        except UnicodeDecodeError:
            raise _Broken from None


_STARTS: Final[Mapping[bytes, Callable[[_Reader], Bare]]] = {
    b'"': _Reader.string,
    b":": _Reader.byte_sequence,
    b"?": _Reader.boolean,
    b"@": _Reader.date,
    b"%": _Reader.display_string,
}


def _dictionary(reader: _Reader) -> dict[str, Member]:
    got: dict[str, Member] = {}
    while reader.at < len(reader.value):
        key = reader.key()
        got[key] = reader.member() if reader.take(b"=") else Item(True, reader.parameters())
        _next(reader)
    return got


def _list(reader: _Reader) -> list[Member]:
    got: list[Member] = []
    while reader.at < len(reader.value):
        got.append(reader.member())
        _next(reader)
    return got


def _next(reader: _Reader) -> None:
    """Past the comma to the next member, which has to be there, or to the end."""
    reader.skip(b" \t")
    if reader.at == len(reader.value):
        return
    if not reader.take(b","):
        raise _Broken
    reader.skip(b" \t")
    if reader.at == len(reader.value):
        raise _Broken
