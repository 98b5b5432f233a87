"""What a scenario draws its parameters from; see `plimsoll.load.language.feeding` for what a feed does.

accounts = feed.range(1, 1_000_000)                  # both ends included; uniform
emails = feed.sql("SELECT email FROM profiles")      # read once, before the load
accounts.zipf(1.1) .sequential() .shuffled() .unique()
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.load.language.csv_feed import CsvSource
from plimsoll.load.language.feeding import Feed, Source, calling_line

__all__ = ["csv", "generate", "range", "sql", "values"]


def range(low: int, high: int) -> Feed:
    """Whole numbers from `low` to `high`, both included; uniform unless an order is chosen."""
    where = calling_line()
    if not (_is_whole(low) and _is_whole(high)):
        raise UsageError(
            "feed.range takes two whole numbers",
            where=where,
            why=f"it was given {low!r} and {high!r}",
            remedy="feed.range(1, 1000)",
        )
    if not -(2**62) <= low <= high <= min(low + 2**53 - 1, 2**62):
        why = f"{low} to {high} holds nothing" if high < low else "it holds more than 2**53, or reaches beyond 2**62"
        raise UsageError("wrong range for feed.range", where=where, why=why, remedy="feed.range(1, 1000)")
    return Feed(Source("range", (low, high), where))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def values(*given: Any) -> Feed:
    """The values given, or those of one iterable; uniform unless an order is chosen."""
    only = given[0] if len(given) == 1 else None
    if isinstance(only, (set, frozenset)):
        raise UsageError(
            "feed.values takes no set",
            where=calling_line(),
            why="its order differs from run to run",
            remedy="feed.values(sorted(...))",
        )
    many = list(only) if isinstance(only, Iterable) and not isinstance(only, (str, bytes, Mapping)) else list(given)
    return Feed(Source("values", many, calling_line()))


def csv(
    path: str | Path,
    *,
    delimiter: str = ",",
    types: Mapping[str, Callable[[str], Any]] | None = None,
    columns: Sequence[str] = (),
    header: bool | None = None,
) -> Feed:
    """Rows of a CSV file with a header, relative to the scenario file. One column: its values; several: rows.

    Numbers are read as numbers where the whole column is; `types` says otherwise, as in `types={"zip": str}`.
    `columns` names the columns of a file without a header, or with `header=True` those of one that has another.
    """
    where = calling_line()
    if isinstance(columns, str) or (header is False and not columns):
        raise UsageError(
            "feed.csv has no names for its columns",
            where=where,
            why=f"it was given columns={columns!r}" + ("" if columns else ", header=False"),
            remedy='columns=["login", "password"]',
        )
    if len(delimiter) != 1:
        raise UsageError(
            "wrong delimiter for feed.csv",
            where=where,
            why=f"{delimiter!r} is not one character",
            remedy='";" or "\\t"',
        )
    scenario = where.rpartition(", line")[0]
    first = not columns if header is None else header
    source = CsvSource(str(path), scenario, delimiter, dict(types or {}), tuple(columns), first)
    return Feed(Source("csv", source, where))


def sql(query: str) -> Feed:
    """The rows of a query, read once before the load. One column: its values; several: rows."""
    return Feed(Source("sql", query, calling_line()))


def generate(make: Callable[[Random], Any]) -> Feed:
    """What `make` makes of a seeded Random, which is another for each draw."""
    where = calling_line()
    if not callable(make):
        raise UsageError(
            "feed.generate takes a function of a Random",
            where=where,
            why=f"it was given {make!r}",
            remedy="feed.generate(lambda random: random.random())",
        )
    return Feed(Source("generate", make, where))
