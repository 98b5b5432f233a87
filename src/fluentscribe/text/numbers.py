"""Numbers as they are written in texts: found, and read in every way in which they may be meant."""

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

DIGITS = frozenset(
    character for code in range(sys.maxunicode + 1) if unicodedata.category(character := chr(code)) == "Nd"
)
_ASCII = {ord(digit): str(unicodedata.digit(digit)) for digit in DIGITS} | str.maketrans(
    "٫٬’\u00a0\u202f\u2009", ".,'   "
)

_NARROW = "\u00a0\u202f\u2009"
# Not within a name (MP3, x86), but behind letters of scripts that know no spaces.
# The Burmese zero looks like a letter, and is often written for it within words.
_LETTER_ZERO = r"(?<=[\u1000-\u103f])\u1040(?=[\u1000-\u103f])"
_NUMBER = re.compile(
    rf"(?<![A-Za-z\d_])(?!{_LETTER_ZERO})(?:\d{{1,3}}(?:[ {_NARROW}'’]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,٫٬]\d+)*)"
    r"(?:(?P<hour>:\d\d)?(?=\s?[ap]\.?\s?m\b))?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[ \u00a0\u202f]?(?:(?P<k>thousand|tausend|mil\b|mille\b|k\b|тыс|千|천)|(?P<w>万|萬|만)|"
                   r"(?P<m>milli?[oó]n|milh|mi?ljo|mln|mio\b|м(?:лн|илли)|百万)|(?P<o>億|亿|억)|"
                   r"(?P<b>billion|milliard|miliard|млрд|милли?ард))", re.IGNORECASE)  # fmt: skip
_TIMES = {"k": 3, "w": 4, "m": 6, "o": 8, "b": 9}
_GROUPED = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{2,3}})*{re.escape(sign)}\d{{3}}") for sign in ",.' "}
_PLAIN = re.compile(r"\d*")


@dataclass(frozen=True, slots=True)
class Number:
    """What stands at [start, end), in ASCII digits, and the values that it may have."""

    text: str
    start: int
    end: int
    values: frozenset[str]


def numbers(text: str) -> list[Number]:
    """Dates and versions, whose points cannot be decimal ones, are taken apart."""
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        written = match[0].translate(_ASCII)
        hour, _, minutes = written.partition(":")
        values = readings(hour)
        if not values:
            found += _parts(written, match.start())
            continue
        more = _in_the_afternoon(text, match, hour) or _multiplied(text, match.end(), values)
        found.append(Number(hour, match.start(), match.start() + len(hour), values | more))
        if minutes:
            found.append(Number(minutes, match.end() - len(minutes), match.end(), readings(minutes)))
    return found


def _parts(written: str, start: int) -> list[Number]:
    return [
        Number(part[0], start + part.start(), start + part.end(), readings(part[0]))
        for part in re.finditer(r"\d+", written)
    ]


@lru_cache(maxsize=4096)
def readings(written: str) -> frozenset[str]:
    """Values in ASCII without signs of grouping: "1.000" may be 1 or 1000. None for what is no number."""
    if written.isdecimal():
        return frozenset({written.lstrip("0") or "0"})
    return frozenset(value for point in ".," if (value := _read(written, point)) is not None)


def _read(written: str, point: str) -> str | None:
    whole, _, fraction = written.partition(point)
    if not _PLAIN.fullmatch(fraction):
        return None
    if not whole.isdecimal():
        if not any(grouped.fullmatch(whole) for sign, grouped in _GROUPED.items() if sign != point):
            return None
        whole = re.sub(r"\D", "", whole)
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _in_the_afternoon(text: str, match: re.Match[str], hour: str) -> frozenset[str]:
    """3 p.m. is 15, 12 a.m. is 0."""
    behind = text[match.end() : match.end() + 2].lstrip()[:1].lower()
    if behind not in ("a", "p") or not re.match(r"\s?[ap]\.?\s?m\b", text[match.end() :][:6], re.IGNORECASE):
        return frozenset()
    shifted = {("p", False): int(hour) + 12, ("a", True): 0} if hour.isdecimal() and len(hour) <= 2 else {}
    value = shifted.get((behind, hour == "12"))
    return frozenset() if value is None else frozenset({str(value)})


def _multiplied(text: str, end: int, values: frozenset[str]) -> frozenset[str]:
    """2 million is 2000000 as well, and 200万."""
    unit = _UNIT.match(text, end)
    if unit is None or unit.lastgroup is None:
        return frozenset()
    return frozenset(_shifted(value, _TIMES[unit.lastgroup]) for value in values)


def _shifted(value: str, places: int) -> str:
    whole, _, fraction = value.partition(".")
    digits = whole + fraction[:places].ljust(places, "0")
    rest = fraction[places:]
    return f"{digits.lstrip('0') or '0'}{'.' if rest else ''}{rest}"
