"""Which series a client means: by name, by name and some labels, or by a pattern with * and ?. Pure."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.series.key import TEXT_CHARACTERS_MAX, SeriesKey, parse_series
from plimsoll.server.problems import Problem, invalid

_REMEDY: Final = 'write host_cpu_busy_percent, host_disk_reads_per_s{device="sda"}, or a pattern as host_disk_*'


def is_pattern(text: str) -> bool:
    """A star in a label's value is a pattern too: nothing that we watch has one in its name."""
    return "*" in text or "?" in text


def chosen(texts: Sequence[str], known: Iterable[SeriesKey]) -> list[SeriesKey]:
    """In the order of the texts, each once, of a pattern sorted. Raises Problem where a text fits none."""
    keys = sorted(known)
    found: dict[SeriesKey, None] = {}
    for text in texts:
        fitting = fitting_keys(text, keys)
        if not fitting:
            raise no_such(text)
        found |= dict.fromkeys(fitting)
    return list(found)


def fitting_keys(text: str, keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """Raises Problem where the text cannot be read."""
    if is_pattern(text):
        pattern = compiled(text)
        return [key for key in keys if pattern.fullmatch(str(key)) or pattern.fullmatch(key.name)]
    wanted = _parsed(text)
    fitting = [key for key in keys if key.fits(wanted.name, wanted.labels)]
    return [wanted] if wanted in fitting else fitting


@lru_cache(maxsize=256)
def compiled(text: str) -> re.Pattern[str]:
    """Raises Problem."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise invalid("name", "this pattern is too long", f"use at most {TEXT_CHARACTERS_MAX} characters")
    return re.compile(translate(text.replace("[", "[[]")))  # it never goes back over a star: time grows with length


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
