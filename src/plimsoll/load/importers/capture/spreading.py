"""Values of ranges, from very narrow to as wide as can be: how wide they were is found out by trying. Pure.

Widths are counted in sampled values between the two ends and spread evenly over their powers: of what people ask for,
"the last hour" is as likely as "this year", while two values taken at random are a third of everything apart.
"""

import datetime
import decimal
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from plimsoll.core.sql.values import Cell, ordering_of, text_of
from plimsoll.load.importers.capture.uses import Use

_MEASURED: Final = (int, float, decimal.Decimal, datetime.date)  # a datetime is a date too
HALVES: Final = 24  # towards each end: the last a sixteen millionth of everything


def spread(
    uses: Sequence[Use],
    types: Mapping[int, str],
    pools: Mapping[int, Sequence[Cell]],
    columns: dict[int, list[Cell]],
    random: Random,
) -> None:
    """Changes the values of range parameters in `columns`, in place; `pools` are all that were sampled, by number.

    Both ends of a range are of one width. Every second value of an open range is near that end of all values where few
    lie beyond it; the others stay with the row they are from.
    """
    pairs = bounds(uses)
    for low, high in pairs:
        if low in columns and high in columns:
            _spread_pair(low, high, _ordered(pools[low], types[low]), columns, random)
    paired = {number for pair in pairs for number in pair}
    for use in uses:
        if use.kind in ("low", "high") and use.number in columns and use.number not in paired:
            values = with_ends(_ordered(pools[use.number], types[use.number]), types[use.number])
            _spread_open(use, values, columns, random)


def bounds(uses: Sequence[Use]) -> list[tuple[int, int]]:
    """Numbers of parameters that bound the same thing from below and above."""
    lows = {(id(use.scope), use.sample): use.number for use in uses if use.kind == "low"}
    return [
        (lows[id(use.scope), use.sample], use.number)
        for use in uses if use.kind == "high" and (id(use.scope), use.sample) in lows
    ]  # fmt: skip


def _ordered(pool: Sequence[Cell], type_name: str) -> list[tuple[Any, str]]:
    """The different values that can be read, in rising order, with their texts; empty where they have no order."""
    read = ordering_of(type_name)
    if read is None:
        return []
    found = {}
    for cell in pool:
        try:
            key = read(cell or "")
            if key == key:  # NaN has no place
                found[cell] = (key, cell or "")
        except (ValueError, ArithmeticError):
            continue
    try:
        return sorted(found.values())
    except TypeError:
        return []


def _spread_pair(
    low: int, high: int, values: Sequence[tuple[Any, str]], columns: dict[int, list[Cell]], random: Random
) -> None:
    if not values:
        return
    keys = [key for key, _ in values]
    read = {text: key for key, text in values}
    for place, cell in enumerate(columns[low]):
        width = _width(len(values), random)
        start = bisect_left(keys, read[cell]) if cell in read else random.randrange(len(values))
        start = min(start, len(values) - 1 - width)
        columns[low][place], columns[high][place] = values[start][1], values[start + width][1]


def with_ends(values: Sequence[tuple[Any, str]], type_name: str) -> list[tuple[Any, str]]:
    """With values ever nearer to both ends, each half as far from it as the one before."""
    if len(values) < 2:
        return list(values)
    (low, _), (high, _) = values[0], values[-1]
    if not isinstance(low, _MEASURED):  # texts have an order, but no middle
        return list(values)
    made = {}
    for power in range(1, HALVES + 1):
        part = _part(high - low, power)
        if part is None:
            break
        for key in (low + part, high - part):
            text = text_of(key, type_name)
            if text is not None and low < key < high:
                made[text] = key
    return sorted([*values, *((key, text) for text, key in made.items())])


def _part(whole: Any, power: int) -> Any:
    """The whole halved so often; None where nothing is left or it cannot be halved."""
    if isinstance(whole, int):
        return whole >> power or None
    if isinstance(whole, float | datetime.timedelta | decimal.Decimal):
        return whole / 2**power or None
    return None


def _spread_open(use: Use, values: Sequence[tuple[Any, str]], columns: dict[int, list[Cell]], random: Random) -> None:
    if not values:
        return
    for place in range(1, len(columns[use.number]), 2):
        beyond = _width(len(values), random)
        columns[use.number][place] = values[-1 - beyond if use.kind == "low" else beyond][1]


def _width(count: int, random: Random) -> int:
    """From 0 to count - 1, small ones often: evenly over their powers."""
    return min(count - 1, int(math.exp(random.uniform(0.0, math.log(count)))) if count > 1 else 0)
