"""Feeds from CSV files: read once, whole, with every fault named by file and line."""

import csv as csv_format
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.load.language.feeding import ROWS_MAX, Source, rows_to_values

# What is read as a number unless `types` says otherwise: never a code with leading zeros, never "nan" or "1_000".
_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class CsvSource:
    path: str
    scenario: str
    delimiter: str
    types: Mapping[str, Callable[[str], Any]]
    columns: tuple[str, ...] = ()  # names of the columns, where the file does not name them
    header: bool = True  # whether its first line is none of its rows

    def __str__(self) -> str:
        return self.path


def read_csv(source: Source) -> list[Any]:
    """Raises UsageError naming the file (and line) for a missing, ragged or oversize one, and for a wrong value."""
    wanted: CsvSource = source.detail
    path = Path(wanted.scenario).parent / wanted.path
    try:
        with closing(_rows(path, wanted.delimiter)) as lines:  # also where a row is refused
            _, first = next(lines, (0, [])) if wanted.header else (0, [])
            names = list(wanted.columns) or first
            _check_names(names, wanted, path)
            rows = [_checked(row, names, path, line) for line, row in islice(lines, ROWS_MAX + 1)]
    except OSError as error:
        raise UsageError(
            f"cannot read {wanted.path}",
            where=source.where,
            why=error.strerror or str(error),
            remedy=f"looked for {path}",
        ) from error
    if len(rows) > ROWS_MAX:
        raise UsageError(
            "too many rows", where=str(path), why=f"a feed holds at most {ROWS_MAX:,}", remedy="use a part of the file"
        )
    columns = [_typed(column, name, wanted, path) for column, name in zip(zip(*rows, strict=True), names, strict=False)]
    return rows_to_values(names, zip(*columns, strict=True))


def _rows(path: Path, delimiter: str) -> Generator[tuple[int, list[str]], None, None]:
    """Each row that is not blank, with the number of its last line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv_format.reader(file, delimiter=delimiter, strict=True)
        try:
            yield from ((reader.line_num, row) for row in reader if row)
        except csv_format.Error as error:
            raise _not_csv(path, reader.line_num, str(error)) from error
        except UnicodeDecodeError as error:  # it says which byte of which chunk, which helps nobody
            raise _not_csv(path, _undecodable_line(path), "it is not UTF-8") from error


def _not_csv(path: Path, line: int, why: str) -> UsageError:
    return UsageError(
        f"cannot read {path.name}",
        where=f"{path}, line {line}",
        why=f"not a CSV file in UTF-8: {why}",
        remedy='save it as UTF-8; feed.csv(..., delimiter=";") for another separator',
    )


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _check_names(names: Sequence[str], wanted: CsvSource, path: Path) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UsageError(f"two columns are called {twice[0]!r}", where=f"{path}, line 1", remedy="rename one of them")
    unknown = [name for name in wanted.types if name not in names]
    if unknown:
        raise UsageError(
            f"no column {unknown[0]!r}",
            where=str(path),
            why=f"the columns are {', '.join(names)}",
            remedy="use one of them in types",
        )


def _checked(row: list[str], names: Sequence[str], path: Path, line: int) -> list[str]:
    if len(row) != len(names):
        raise UsageError(
            "ragged CSV",
            where=f"{path}, line {line}",
            why=f"{len(row)} values for {len(names)} columns",
            remedy="mend that line",
        )
    return row


def _typed(column: Sequence[str], name: str, source: CsvSource, path: Path) -> list[Any]:
    if name in source.types:
        return _converted(column, name, source, path)
    if all(map(_INT.fullmatch, column)):
        return [int(value) for value in column]
    if all(map(_FLOAT.fullmatch, column)):
        return [float(value) for value in column]
    return list(column)


def _converted(column: Sequence[str], name: str, source: CsvSource, path: Path) -> list[Any]:
    converted: list[Any] = []
    for number, value in enumerate(column):
        try:
            converted.append(source.types[name](value))
        except Exception as error:
            lines = enumerate(_rows(path, source.delimiter), -source.header)
            line = next(line for at, (line, _) in lines if at == number)
            raise UsageError(
                f"wrong value in column {name!r}",
                where=f"{path}, line {line}",
                why=f"{type(error).__name__}: {error}",
                remedy="mend it, or use types={}",
            ) from error
    return converted
