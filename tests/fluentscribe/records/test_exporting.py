"""Findings as files."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from fluentscribe.records.exporting import COLUMNS, as_csv, as_json, attachment, cell
from fluentscribe.records.searching import like

ROW: dict[str, Any] = {name: name for name in COLUMNS} | {
    "seq": 1,
    "source": '=HYPERLINK("http://example.com")',
    "target": 'Zeile 1\nZeile "2", ü',
    "message": None,
    "created_at": datetime(2026, 6, 30, tzinfo=UTC),
}


async def found(*sizes: int) -> AsyncIterator[list[Any]]:
    for size in sizes:
        yield [ROW] * size


async def joined(parts: AsyncIterator[bytes]) -> str:
    return b"".join([part async for part in parts]).decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_reckon_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(f"a{text}") == f"a{text}"


def test_csv_says_what_the_rows_say() -> None:
    lines = list(csv.reader(io.StringIO(asyncio.run(joined(as_csv(found(2, 1)))))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 4
    row = dict(zip(lines[0], lines[1], strict=True))
    assert (row["seq"], row["source"], row["target"]) == ("1", f"'{ROW['source']}", ROW["target"])
    assert (row["message"], row["created_at"]) == ("", "2026-06-30T00:00:00+00:00")


@pytest.mark.parametrize("sizes", [(), (1,), (2, 1)])
def test_json_is_whole_however_many_batches_there_are(sizes: tuple[int, ...]) -> None:
    read = json.loads(asyncio.run(joined(as_json(UUID(int=1), found(*sizes)))))
    assert read["session_id"] == str(UUID(int=1))
    assert [one["source"] for one in read["findings"]] == [ROW["source"]] * sum(sizes)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("app.de.xliff", "app.de-findings.csv"),
        ('a"; filename="evil.exe', "a-filename-evil-findings.csv"),
        ("../../etc/passwd\r\nX: y.csv", "etc-passwd-X-y-findings.csv"),
        ("файл.csv", "session-findings.csv"),
        (None, "session-findings.csv"),
    ],
)
def test_names_of_files_are_safe_in_headers(given: str | None, name: str) -> None:
    assert attachment(given, "csv") == f'attachment; filename="{name}"'


def test_searched_text_means_itself() -> None:
    assert like(r"100%_\d") == r"%100\%\_\\d%"
