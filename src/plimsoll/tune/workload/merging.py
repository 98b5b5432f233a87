"""Statements that differ only in how many values a list has are one: servers before PostgreSQL 18 count each by itself.

Pure.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from plimsoll.tune.workload.asked import Asked
from plimsoll.tune.workload.unwrapping import unwrapped

_PARAMETERS: Final = r"\$\d+(?:\s*,\s*\$\d+)*"
_LIST: Final = re.compile(rf"\bIN\s*\(\s*{_PARAMETERS}\s*\)", re.IGNORECASE)
_ARRAY: Final = re.compile(rf"\bARRAY\s*\[\s*{_PARAMETERS}\s*\]", re.IGNORECASE)
_ROWS: Final = re.compile(rf"(\bVALUES\s*\(\s*{_PARAMETERS}\s*\))(?:\s*,\s*\(\s*{_PARAMETERS}\s*\))+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\$\d+")


def merged(asked: Sequence[Asked]) -> list[Asked]:
    """In the order of the first of each; one that took most time stands for all. What only carries a query is that."""
    alike: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in (replace(each, text=unwrapped(each.text)) for each in asked):
        alike[_shape(one.text)].append(one)
    return [_one(several) if len(several) > 1 else several[0] for several in alike.values()]


def _shape(text: str) -> str:
    """Without the lengths of its lists and the numbers of its parameters."""
    short = _ROWS.sub(r"\1", _ARRAY.sub("ARRAY[$1]", _LIST.sub("IN ($1)", text)))
    return _NUMBER.sub("$", short)


def _one(several: Sequence[Asked]) -> Asked:
    heaviest = max(several, key=lambda one: (one.total_ms, one.calls))
    calls = sum(one.calls for one in several)
    rows = sum(one.rows_per_call * one.calls for one in several)
    return replace(
        heaviest, calls=calls, total_ms=sum(one.total_ms for one in several), rows_per_call=rows / max(1.0, calls)
    )
