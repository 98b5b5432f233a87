"""Which of the sampled rows become a statement's parameters: common and rare values, and those that belong together.

Pure: chance is an argument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from plimsoll.core.sql.values import NULL, Cell, array_text
from plimsoll.load.importers.capture.patterns import LOOSE, pattern_of
from plimsoll.load.importers.capture.sampling import Sample
from plimsoll.load.importers.capture.spreading import spread
from plimsoll.load.importers.capture.uses import Use

ROWS: Final = 500  # of parameters for one statement
CHARACTERS_MAX: Final = 2_000_000  # of all of them together
CELL_MAX: Final = 100_000  # characters; csv reads up to 131,072
SPAN_MAX_S: Final = 3e8  # ten years; from a second on, evenly over the powers
_STRIDE: Final = 37  # rows between those that are used at once; prime, so that each comes beside each

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sample and what the server answered."""

    sample: Sample
    rows: Sequence[Row]


def common_and_rare(rows: Sequence[Row], count: int, random: Random) -> list[Row]:
    """Half of them as rows come, so that frequent values are frequent; half of all different ones alike, so that rare
    ones come too. With repetition, in random order."""
    if not rows:
        return []
    different = sorted(set(rows), key=lambda row: tuple(cell or "" for cell in row))
    half = count // 2
    chosen = [*random.choices(rows, k=half), *random.choices(different, k=count - half)]
    random.shuffle(chosen)
    return chosen


def parameter_rows(
    uses: Sequence[Use],
    types: Mapping[int, str],
    sampled: Sequence[Sampled],
    *,
    list_size: int,
    random: Random,
    count: int = ROWS,
    extremes: Mapping[int, Sequence[Cell]] | None = None,
) -> list[dict[int, Cell]]:
    """For each call the values by number, as text; empty where a sample has no row that can be compared with.

    `extremes` are the smallest and largest values of ranges, as far as they are known.
    """
    by_number = {use.number: use for use in uses}
    columns: dict[int, list[Cell]] = {}
    pools: dict[int, list[Cell]] = {}
    for one in sampled:
        numbers = [number for several in one.sample.columns for number in several]
        compared = [
            place for place, several in enumerate(one.sample.columns)
            if any(by_number[number].kind not in ("stored", "rows") for number in several)
        ]  # fmt: skip
        chosen = common_and_rare(
            [row for row in one.rows if all(row[at] is not None for at in compared)], count, random
        )
        if not chosen:
            return []
        place_of = {number: place for place, several in enumerate(one.sample.columns) for number in several}
        for number in numbers:
            columns[number] = _column(by_number[number], types[number], chosen, place_of[number], list_size)
        pools |= {number: [row[place] for row in one.rows] for number, place in place_of.items()}
    for use in uses:
        if use.kind == "span":
            columns[use.number] = [f"{SPAN_MAX_S ** random.random():.3f} seconds" for _ in range(count)]
    for number, ends in (extremes or {}).items():
        pools[number] = [*pools.get(number, ()), *ends]
    spread(uses, types, pools, columns, random)
    made = [{number: column[at] for number, column in columns.items()} for at in range(count)] if columns else []
    return _bounded(made)


def _column(use: Use, type_name: str, chosen: Sequence[Row], place: int, list_size: int) -> list[Cell]:
    values = [row[place] for row in chosen]
    if use.kind in ("list", "others"):
        return [array_text(_different(values, at, list_size), type_name) for at in range(len(values))]
    if use.kind == "rows":
        return [array_text([values[(at + n * _STRIDE) % len(values)] for n in range(list_size)], type_name)
                for at in range(len(values))]  # fmt: skip
    moved = values[use.shift * _STRIDE % len(values) :] + values[: use.shift * _STRIDE % len(values)]
    if use.kind == "other":
        moved = [_unlike(values, at) for at in range(len(values))]
    if use.kind in LOOSE:
        return [value and pattern_of(use.kind, value, at) for at, value in enumerate(moved)]
    return moved


def _different(values: Sequence[Cell], at: int, size: int) -> list[str]:
    """Up to `size` different values from `at` on."""
    found: dict[str, None] = {}
    for step in range(min(len(values), 20 * size)):
        value = values[(at + step * _STRIDE) % len(values)]
        if value is not None:
            found[value] = None
        if len(found) >= size:
            break
    return list(found)


def _unlike(values: Sequence[Cell], at: int) -> Cell:
    """Another value than that at the place, where there is one."""
    others = (values[(at + step * _STRIDE) % len(values)] for step in range(1, 20))
    return next((value for value in others if value != values[at]), values[at])


def _bounded(rows: list[dict[int, Cell]]) -> list[dict[int, Cell]]:
    """Without rows that a feed could not read again, and not too many."""
    left = CHARACTERS_MAX
    kept: list[dict[int, Cell]] = []
    for row in rows:
        cells = [cell for cell in row.values() if cell is not None]
        if any(len(cell) > CELL_MAX or cell == NULL or "\0" in cell for cell in cells):
            continue
        left -= sum(map(len, cells))
        if left < 0 and kept:
            break
        kept.append(row)
    return kept
