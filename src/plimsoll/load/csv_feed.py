"""Feeds from CSV files: read once, whole, with every fault named by file and line."""

import csv as csv_format
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.load.feeding import ROWS_MAX, Source, rows_to_values


@dataclass(frozen=True, slots=True)
class CsvSource:
    path: str
    scenario: str
    delimiter: str
    types: Mapping[str, Callable[[str], Any]]

    def __str__(self) -> str:
        return self.path


def read_csv(source: Source) -> list[Any]:
    """Raises UsageError naming the file (and line) for a missing, empty, ragged or oversize one."""
    wanted: CsvSource = source.detail
    path = Path(wanted.scenario).parent / wanted.path
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv_format.reader(file, delimiter=wanted.delimiter, strict=True)
            names = next(reader, [])
            rows = [_checked(row, names, path, reader.line_num) for row in reader if row]
    except OSError as error:
        raise UsageError(
            f"cannot read {wanted.path}",
            where=source.where,
            why=error.strerror or str(error),
            remedy=f"looked for {path}",
        ) from error
    except (UnicodeDecodeError, csv_format.Error) as error:
        raise UsageError(
            f"cannot read {wanted.path}",
            where=str(path),
            why=f"not a CSV file in UTF-8: {error}",
            remedy='save it as UTF-8; feed.csv(..., delimiter=";") for another separator',
        ) from error
    unknown = [name for name in wanted.types if name not in names]
    if unknown:
        raise UsageError(
            f"no column {unknown[0]!r}",
            where=str(path),
            why=f"the columns are {', '.join(names)}",
            remedy="use one of them in types",
        )
    columns = [_typed(column, name, wanted, path) for column, name in zip(zip(*rows, strict=True), names, strict=False)]
    return rows_to_values(names, zip(*columns, strict=True))


def _checked(row: list[str], names: Sequence[str], path: Path, line: int) -> list[str]:
    if len(row) != len(names):
        raise UsageError(
            "ragged CSV",
            where=f"{path}, line {line}",
            why=f"{len(row)} values for {len(names)} columns",
            remedy="mend that line",
        )
    if line > ROWS_MAX:
        raise UsageError(
            "too many rows", where=str(path), why=f"a feed holds at most {ROWS_MAX:,}", remedy="use a part of the file"
        )
    return row


def _typed(column: Sequence[str], name: str, source: CsvSource, path: Path) -> list[Any]:
    candidates = [source.types[name]] if name in source.types else [int, float]
    for convert in candidates:
        try:
            return [convert(value) for value in column]
        except ValueError as error:
            if name in source.types:
                raise UsageError(
                    f"wrong value in column {name!r}",
                    where=str(path),
                    why=str(error),
                    remedy="mend it, or use types={}",
                ) from error
    return list(column)
