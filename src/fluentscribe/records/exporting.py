"""Findings of a session as files of CSV or JSON: bytes from rows, a batch at a time."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from uuid import UUID

COLUMNS = (
    "seq", "unit_id", "source", "target", "dimension", "type", "severity", "origin", "status", "span_start",
    "span_end", "message", "created_at", "decided_at",
)  # fmt: skip
EXPORT = """
SELECT g.seq, g.unit_id, g.source, g.target, e.dimension, e.type, e.severity::text AS severity, e.origin, e.status,
    e.span_start, e.span_end, e.message, e.created_at, e.decided_at
FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id
WHERE e.session_id = $1 ORDER BY g.seq, e.id
"""
ROWS = 50  # fetched at once
# What spreadsheets take for a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


async def batches(db: Any, session: UUID) -> AsyncIterator[list[Any]]:
    """All findings through a cursor; memory is that of ROWS of them."""
    cursor = await db.cursor(EXPORT, session)
    while rows := await cursor.fetch(ROWS):
        yield rows


async def as_csv(found: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    yield _lines([COLUMNS])
    async for rows in found:
        yield _lines([cell(row[name]) for name in COLUMNS] for row in rows)


async def as_json(session: UUID, found: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    """One object; its end is sent last, so that what was cut off is no JSON."""
    yield f'{{"session_id": "{session}", "findings": ['.encode()
    separator = ""
    async for rows in found:
        yield (separator + ",\n".join(_object(row) for row in rows)).encode()
        separator = ",\n"
    yield b"]}\n"


def cell(value: Any) -> Any:
    """As it is, but for text that a spreadsheet would reckon: an apostrophe makes it text again."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def attachment(file_name: str | None, kind: str) -> str:
    """A Content-Disposition with a name that is safe in headers and in any file system."""
    stem = _UNSAFE.sub("-", (file_name or "").rpartition(".")[0])[:80].strip("-.") or "session"
    return f'attachment; filename="{stem}-findings.{kind}"'


def _object(row: Mapping[str, Any]) -> str:
    return json.dumps(
        {name: row[name] for name in COLUMNS}, ensure_ascii=False, default=lambda moment: moment.isoformat()
    )


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
