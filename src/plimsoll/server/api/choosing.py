"""Which series a client means: by name, by name and some labels, or by a pattern with * and ?. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.server.problems import Problem, invalid

PATTERNS_MAX: Final = 10  # of a request or a client: each is held against each of thousands of series
PATTERN_CHARACTERS_MAX: Final = 100
STARS_MAX: Final = 5
MARKS_MAX: Final = 10  # a piece with ? in it is not found as fast as one without
_REMEDY: Final = 'write host_cpu_busy_percent, host_disk_reads_per_s{device="sda"}, or a pattern as host_disk_*'

Fits = Callable[[SeriesKey, str], bool]  # of a key and its text


def is_pattern(text: str) -> bool:
    """A star in a label's value is a pattern too: nothing that we watch has one in its name."""
    return "*" in text or "?" in text


def chosen(texts: Sequence[str], known: Iterable[SeriesKey]) -> list[SeriesKey]:
    """In the order of the texts, each once, of a pattern sorted. Raises Problem where a text fits none."""
    texts = list(dict.fromkeys(texts))
    check_patterns("name", texts)
    keys = [(key, str(key)) for key in in_order(known)]
    found: dict[SeriesKey, None] = {}
    for text in texts:
        fitting = _fitting(text, keys)
        if not fitting:
            raise no_such(text)
        found |= dict.fromkeys(fitting)
    return list(found)


def in_order(keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """As keys compare, and some times as fast."""
    return sorted(keys, key=lambda key: (key.name, key.labels))


def check_patterns(what: str, texts: Iterable[str]) -> None:
    """Raises Problem where there are too many patterns among the texts."""
    patterns = sum(map(is_pattern, texts))
    if patterns > PATTERNS_MAX:
        raise invalid(what, f"{patterns} patterns, and there may be {PATTERNS_MAX}", "use wider patterns, or names")


def _fitting(text: str, keys: Sequence[tuple[SeriesKey, str]]) -> list[SeriesKey]:
    """Of a series that is stated with all its labels only that."""
    fits = fits_of(text)
    fitting = [key for key, shown in keys if fits(key, shown)]
    if not is_pattern(text) and (wanted := _parsed(text)) in fitting:
        return [wanted]
    return fitting


@lru_cache(maxsize=256)
def fits_of(text: str) -> Fits:
    """Whether a key is meant by a text. Raises Problem where the text cannot be read."""
    if is_pattern(text):
        pieces = _pieces(text)
        return lambda key, shown: _matches(pieces, shown) or (bool(key.labels) and _matches(pieces, key.name))
    wanted = _parsed(text)
    return lambda key, _: key.fits(wanted.name, wanted.labels)


def _pieces(pattern: str) -> list[str]:
    """What stands between the stars. Raises Problem."""
    for sign, most, words in (("*", STARS_MAX, "stars"), ("?", MARKS_MAX, "question marks")):
        if pattern.count(sign) > most:
            raise invalid("name", f"this pattern has more than {most} {words}", "write more of the name, or less of it")
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise invalid("name", "this pattern is too long", f"use at most {PATTERN_CHARACTERS_MAX} characters")
    return pattern.split("*")


def _matches(pieces: Sequence[str], text: str) -> bool:
    """The first piece begins the text, the last ends it, and each between is taken where it is found first.

    Taking a later place for one never helps the next: nothing is tried twice.
    """
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(text) == len(first) and _find(first, text, 0, len(text)) == 0
    at, end = len(first), len(text) - len(last)
    if at > end or _find(first, text, 0, at) != 0 or _find(last, text, end, len(text)) != end:
        return False
    for piece in pieces[1:-1]:
        found = _find(piece, text, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _find(piece: str, text: str, start: int, end: int) -> int:
    if "?" not in piece:
        return text.find(piece, start, end)
    found = _with_marks(piece).search(text, start, end)
    return -1 if found is None else found.start()


@lru_cache(maxsize=256)
def _with_marks(piece: str) -> re.Pattern[str]:
    return re.compile(".".join(map(re.escape, piece.split("?"))), re.DOTALL)


def _parsed(text: str) -> SeriesKey:
    try:
        return parse_series(text)
    except UsageError as error:
        raise invalid("name", str(error), error.remedy or _REMEDY) from None


def no_such(text: str) -> Problem:
    return Problem(
        404,
        "no-such-series",
        f"no series fits {text[:100]!r}",
        "GET /api/v1/monitoring/series/names lists those that are known",
    )
