"""Entries of pg_stat_statements become what each statement did between two looks. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from plimsoll.core.details import SQL_CHARACTERS_MAX, StatementRow
from plimsoll.monitor.postgres.looks import Row, RowsDifference, RowsLook, rows_difference


class Entry(NamedTuple):
    """`query_id` None: it is hidden from us. `since_s` is when the entry was made, where the server tells it: one that
    was evicted and came back is another entry."""

    user_id: int
    query_id: int | None
    top_level: bool
    since_s: float | None


@dataclass(frozen=True, slots=True)
class StatementsLook:
    """`complete`: the look held all entries of the database. `at_s` is the server's clock, just before the look."""

    entries: RowsLook[Entry]
    evicted: int
    at_s: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Totals:
    calls: int = 0
    total_ms: float = 0.0


def counted_entries(rows: Iterable[Sequence[Any]]) -> Mapping[Entry, Row]:
    """Of the rows of a look; hidden ones of a role are added up, as nothing tells them apart."""
    found: dict[Entry, Row] = {}
    for row in rows:
        user_id, query_id, top_level, since_s, *counters = row
        entry = Entry(user_id, query_id, top_level, since_s if query_id is not None else None)
        known = found.get(entry)
        found[entry] = tuple(counters) if known is None else tuple(map(sum, zip(known, counters, strict=True)))
    return found


def statements_between(
    before: StatementsLook | None, after: StatementsLook, period_s: float
) -> RowsDifference[Entry] | None:
    """What was executed between two looks.

    An entry that the first look lacks was made in between, so that all it counts is of now: a look holds every entry
    there is, and one that comes back after its eviction starts from zero. Of an incomplete look only an entry's own age
    can tell. Sums of hidden entries sink when one of them is evicted, which says nothing: they are left out then.
    """
    known = before.entries if before is not None else None

    def is_new(entry: Entry) -> bool:
        assert before is not None
        return before.complete or (entry.since_s is not None and entry.since_s > before.at_s)

    found = rows_difference(known, after.entries, period_s, is_new)
    if found is None or known is None:
        return None
    rows = {entry: row for entry, row in found.rows.items() if entry.query_id is not None or _grew(entry, known, after)}
    return RowsDifference(found.seconds, rows)


def _grew(entry: Entry, before: RowsLook[Entry], after: StatementsLook) -> bool:
    known = before.rows.get(entry)
    return known is None or all(new >= old for new, old in zip(after.entries.rows[entry], known, strict=True))


def totals(found: RowsDifference[Entry], ours: frozenset[int] | set[int], *, hidden: bool = False) -> Totals:
    """Of what clients sent, without what we asked ourselves; or only of what is hidden. Statements within functions are
    part of those that called them."""
    rows = [
        row
        for entry, row in found.rows.items()
        if entry.top_level and entry.query_id not in ours and (entry.query_id is None or not hidden)
    ]
    return Totals(sum(row[0] for row in rows), sum(row[1] for row in rows))


def weightiest(found: RowsDifference[Entry], ours: frozenset[int] | set[int]) -> list[Entry]:
    """Entries whose statement is known and not ours, those that took most time first."""
    known = [entry for entry in found.rows if entry.query_id is not None and entry.query_id not in ours]
    return sorted(known, key=lambda entry: -found.rows[entry][1])


def statement_row(entry: Entry, row: Row, user: str, text: str) -> StatementRow:
    calls, total_ms, rows, hit, read, dirtied, temp, wal_bytes, io_ms = row
    return StatementRow(
        query_id=str(entry.query_id),
        user=user,
        calls=calls,
        total_ms=total_ms,
        rows=rows,
        blocks_hit=hit,
        blocks_read=read,
        blocks_dirtied=dirtied,
        temp_blocks=temp,
        wal_bytes=wal_bytes,
        io_ms=io_ms,
        top_level=entry.top_level,
        query=text[:SQL_CHARACTERS_MAX],
    )
