"""Durations, sizes, rates and shares: how people write them, and how Plimsoll says them.

Measured values are said with three significant digits; what is unknown is "–", never 0.
"""

import math
import re
from itertools import pairwise
from typing import Final

from plimsoll.core.errors import UsageError

UNKNOWN: Final = "–"

_NUMBER: Final = r"(\d+(?:\.\d*)?|\.\d+)"
_TERM: Final = re.compile(rf"\s*{_NUMBER}\s*([a-zA-Zµμ]*)\s*")
_SECONDS: Final = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
_DURATION_WORDS: Final = {
    "d": ("day", "days"),
    "h": ("hr", "hrs", "hour", "hours"),
    "m": ("min", "mins", "minute", "minutes"),
    "s": ("sec", "secs", "second", "seconds"),
    "ms": ("msec", "msecs", "milli", "millis", "millisecond", "milliseconds"),
    "us": ("µs", "μs", "usec", "usecs", "micro", "micros", "microsecond", "microseconds"),
}
_BYTES: Final = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip


def parse_duration(value: str | float, *, what: str = "duration") -> float:
    """Seconds from "300ms", "1.5s", "5m", "1h", "1m30s", or a number of seconds (also as text).

    `what` names the thing in the error. Raises UsageError, with the nearest right spelling where there is one.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _bad_duration(str(value), what)
    if not isinstance(value, str):
        return _checked_seconds(float(value), str(value), what)
    terms = _terms(value)
    if terms is None:
        raise _bad_duration(value, what)
    if len(terms) == 1 and not terms[0][1]:
        return _checked_seconds(float(terms[0][0]), value, what)
    scales = [_SECONDS.get("us" if unit in ("µs", "μs") else unit, 0.0) for _, unit in terms]
    if not all(scales) or any(later >= earlier for earlier, later in pairwise(scales)):
        raise _bad_duration(value, what)
    return _checked_seconds(math.fsum(float(n) * s for (n, _), s in zip(terms, scales, strict=True)), value, what)


def parse_bytes(value: str | int, *, what: str = "size") -> int:
    """Bytes from "100MB" (powers of 1000), "1GiB" (powers of 1024), "512B", or a number of bytes (also as text)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    terms = _terms(value) if isinstance(value, str) else None
    if terms is None or len(terms) != 1:
        raise _bad_size(value, what)
    number, unit = terms[0]
    scale = 1 if not unit else _BYTES.get(unit)
    if scale is None:
        raise _bad_size(value, what)
    return round(float(number) * scale)


def format_duration(seconds: float | None) -> str:
    """As people say it: "412 ms", "12.3 s", "4 min 12 s", "1 h 5 min", "2 d 3 h"; whole numbers without decimals."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    if float(f"{seconds:.3g}") < 60:
        return _trimmed(_small_duration(seconds))
    if round(seconds) < 3600:
        return _two_parts(round(seconds), 60, "min", "s")
    if round(seconds / 60) < 24 * 60:
        return _two_parts(round(seconds / 60), 60, "h", "min")
    return _two_parts(round(seconds / 3600), 24, "d", "h")


def format_ms(ms: float | None) -> str:
    """A measured time, from milliseconds, to three significant digits: "41.2 µs", "412 ms", "1.50 s", "4 min 12 s"."""
    if ms is None or not math.isfinite(ms):
        return UNKNOWN
    if ms == 0:
        return "0 ms"
    if float(f"{ms:.3g}") >= 60_000:
        return format_duration(ms / 1000)
    return _small_duration(ms / 1000) if ms > 0 else f"-{format_ms(-ms)}"


def format_rate(per_s: float | None) -> str:
    """Events per second: "3,012/s", "12.3/s"; from 100 up in whole numbers."""
    if per_s is None or not math.isfinite(per_s):
        return UNKNOWN
    return f"{_number(per_s)}/s"


def format_share(share: float | None) -> str:
    """A fraction (0..1) in percent: "1.23 %". Says "0 %" and "100 %" only where exactly that is meant."""
    if share is None or not math.isfinite(share * 1000):
        return UNKNOWN
    percent = share * 100
    if 0 < percent < 0.001:
        return "< 0.001 %"
    if share < 1 and percent >= 99.95:
        return "> 99.9 %"
    return f"{_trimmed_number(_significant(percent))} %"


def format_in_unit(value: float | None, unit: str) -> str:
    """A figure in a goal's unit ("ms", "%", "/s", "count"), as people say it."""
    if value is None:
        return UNKNOWN
    if unit == "ms":
        return format_ms(value)
    if unit == "%":
        return format_share(value / 100)
    return format_rate(value) if unit == "/s" else format_count(round(value))


def format_count(count: int | None) -> str:
    """A count with thousands separated: "1,234,567"."""
    return UNKNOWN if count is None else f"{count:,}"


def format_bytes(size: float | None) -> str:
    """A size in powers of 1024 to three significant digits: "512 B", "1.50 GiB"."""
    if size is None or not math.isfinite(size):
        return UNKNOWN
    for unit in ("B", "KiB", "MiB", "GiB"):
        if float(f"{size:.3g}") < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{_significant(size)} {unit}"
        size /= 1024
    return f"{_number(size)} TiB"


def _terms(text: str) -> list[tuple[str, str]] | None:
    """[(number, unit), …] when the text is nothing but such terms."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            return None
        found.append((match[1], match[2]))
        at = match.end()
    return found or None


def _checked_seconds(seconds: float, text: str, what: str) -> float:
    if not math.isfinite(seconds) or seconds < 0:
        raise _bad_duration(text, what)
    return seconds


def _bad_duration(text: str, what: str) -> UsageError:
    near = _nearest_duration(text)
    return UsageError(
        f'"{text}" is not a {what}',
        why="a duration is a number of seconds, or numbers with d, h, m, s, ms or us, the larger first",
        remedy=f'write "{near}"' if near else 'write for example "300ms", "1.5s", "5m" or "1m30s"',
    )


def _nearest_duration(text: str) -> str:
    terms = _terms(text) or []
    units = [unit for unit in (nearest_time_unit(word) for _, word in terms) if unit]
    if not terms or len(set(units)) < len(terms):
        return ""
    ranked = sorted(zip(units, terms, strict=True), key=lambda pair: -_SECONDS[pair[0]])
    return "".join(f"{number}{unit}" for unit, (number, _) in ranked)


def nearest_time_unit(word: str) -> str | None:
    """The unit (d, h, m, s, ms, us) that somebody means by "mins", "Sec", "µs"; None if none."""
    lowered = word.lower()
    return next((unit for unit, words in _DURATION_WORDS.items() if lowered in (unit, *words)), None)


def _bad_size(value: object, what: str) -> UsageError:
    text = str(value)
    terms = _terms(text) or []
    lowered = {unit.lower(): unit for unit in _BYTES} | {"k": "kB", "m": "MB", "g": "GB", "t": "TB"}
    near = lowered.get(terms[0][1].lower()) if len(terms) == 1 else None
    return UsageError(
        f'"{text}" is not a {what}',
        why="a size is a number of bytes, or a number with B, kB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024)",
        remedy=f'write "{terms[0][0]}{near}"' if near else 'write for example "100MB" or "1GiB"',
    )


def _small_duration(seconds: float) -> str:
    """Below a minute, three significant digits, the unit chosen after rounding."""
    for unit, scale in (("µs", 1e6), ("ms", 1e3)):
        if float(f"{seconds * scale:.3g}") < 1000:
            return f"{_significant(seconds * scale)} {unit}" if seconds else "0 s"
    return f"{_significant(seconds)} s"


def _two_parts(total: int, base: int, large: str, small: str) -> str:
    whole, rest = divmod(total, base)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def _significant(value: float) -> str:
    """Three significant digits, plain notation, trailing zeros kept; whole numbers above that."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:.{decimals}f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 99.95 else _trimmed_number(_significant(value))


def _trimmed_number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _trimmed(text: str) -> str:
    number, unit = text.split(" ")
    return f"{_trimmed_number(number)} {unit}"
