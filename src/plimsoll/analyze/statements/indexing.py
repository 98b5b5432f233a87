"""Which few indexes of a table serve all of the statements that lack one. Pure.

What one index can serve is one index: the columns that most statements hold equal come first, then the one that most
of them sort by or bound. Of two that serve as much the narrower is taken, as each INSERT pays for every column.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

ROWS_MAX: Final = 500  # that an index may find and a filter throw away: more, and a statement has one of its own
TIMES_MAX: Final = 10.0  # of the rows that a statement wants, as above
COLUMNS_MAX: Final = 3  # of an index to which a column for the order is added
ACCESSES_MAX: Final = 100  # that candidates are made of: those that weigh most


@dataclass(frozen=True, slots=True)
class Access:
    """A statement's way to `rows` rows of a table: columns `equal` to a value, and one that it bounds or sorts by.
    `weight` is the time that it takes."""

    equal: tuple[str, ...]
    then: str
    rows: float
    weight: float

    @property
    def columns(self) -> tuple[str, ...]:
        """Of an index of its own."""
        return self.equal + ((self.then,) if self.then and self.then not in self.equal else ())


@dataclass(frozen=True, slots=True)
class Advised:
    """An index. `equal`: how many of its columns are held equal; `served`: which accesses, by their numbers."""

    columns: tuple[str, ...]
    equal: int
    served: tuple[int, ...]

    @property
    def chosen_by(self) -> tuple[str, ...]:
        """The columns that choose the rows, without the one for the order."""
        return self.columns[: self.equal] or self.columns


def advise(accesses: Sequence[Access], known: Sequence[Sequence[str]] = ()) -> list[Advised]:
    """Serves every access that has a column, the index that serves most of the time first; none that is `known`."""
    left = [number for number, one in enumerate(accesses) if one.columns]
    found: list[Advised] = []
    while left:
        columns = _best(accesses, left, known)
        served = [number for number in left if _serves(accesses, accesses[number], columns, known)]
        found.append(_with_order(accesses, columns, served))
        left = [number for number in left if number not in served]
    return sorted(found, key=lambda one: (-_weight(accesses, one.served), one.columns))


def _best(accesses: Sequence[Access], left: Sequence[int], known: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Serves the most, of these the heaviest, by the fewest columns."""

    def worth(columns: tuple[str, ...]) -> tuple[float, float, int, tuple[str, ...]]:
        served = [number for number in left if _serves(accesses, accesses[number], columns, known)]
        return -len(served), -_weight(accesses, served), len(columns), columns

    return min(set(_candidates(accesses, left)), key=worth)


def _candidates(accesses: Sequence[Access], left: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """What all have in common that share a column, and what each would have of its own."""
    order = _order(accesses)
    heaviest = sorted(left, key=lambda number: -accesses[number].weight)[:ACCESSES_MAX]
    for lead in sorted({column for number in heaviest for column in _leads(accesses[number])}):
        sharing = [set(accesses[number].equal) for number in left if lead in _leads(accesses[number])]
        yield tuple(sorted(set.intersection(*sharing), key=order)) or (lead,)
    for number in heaviest:
        one = accesses[number]
        yield tuple(sorted(one.equal, key=order)) or one.columns
        yield (*sorted(one.equal, key=order), *one.columns[len(one.equal) :])


def _order(accesses: Sequence[Access]) -> Callable[[str], tuple[int, float, int]]:
    """Of columns: what most statements hold equal, then what the heaviest do, then as they are written."""
    written = list(dict.fromkeys(column for one in accesses for column in one.equal))

    def key(column: str) -> tuple[int, float, int]:
        holding = [one.weight for one in accesses if column in one.equal]
        return -len(holding), -sum(holding), written.index(column)

    return key


def _leads(one: Access) -> tuple[str, ...]:
    """Columns with which an index for it may begin."""
    return one.equal or one.columns


def _serves(
    accesses: Sequence[Access], one: Access, columns: Sequence[str], known: Sequence[Sequence[str]]
) -> bool:  # fmt: skip
    used = _used(one, columns)
    if not used or used[0] not in _leads(one):
        return False
    if set(used) == set(one.columns):
        return True
    is_known = any(set(used) == set(other[: len(used)]) for other in known)
    return not is_known and (
        set(one.equal) <= set(used) or _finds(accesses, used) <= max(ROWS_MAX, TIMES_MAX * one.rows)
    )


def _used(one: Access, columns: Sequence[str]) -> tuple[str, ...]:
    """The leading columns of an index that it can use."""
    held = next((place for place, column in enumerate(columns) if column not in one.equal), len(columns))
    return tuple(columns[: held + (columns[held : held + 1] == (one.then,))])


def _finds(accesses: Sequence[Access], columns: Sequence[str]) -> float:
    """Rows that these columns choose, as far as a statement that chooses by them alone tells."""
    alike = [one.rows for one in accesses if not one.columns[len(one.equal) :] and set(one.equal) == set(columns)]
    return max(alike, default=0.0)


def _with_order(accesses: Sequence[Access], columns: tuple[str, ...], served: Sequence[int]) -> Advised:
    """With the column that those sort by or bound that take most of the time."""
    equal = {column for number in served for column in accesses[number].equal}
    held = next((place for place, column in enumerate(columns) if column not in equal), len(columns))
    wanted = sorted({accesses[number].then for number in served} - {"", *columns})
    half = _weight(accesses, served) / 2
    most = [one for one in wanted if _weight(accesses, [n for n in served if accesses[n].then == one]) > half]
    has_room = held == len(columns) < COLUMNS_MAX
    return Advised(columns + tuple(most if has_room else ()), held, tuple(served))


def _weight(accesses: Sequence[Access], numbers: Sequence[int]) -> float:
    return sum(accesses[number].weight for number in numbers)
