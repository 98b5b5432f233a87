"""The database: who blocks whom, sessions, waits, statements, tables, indexes, background work, standbys."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.series.info import Unit
from plimsoll.core.units import format_bytes, format_count, format_duration
from plimsoll.server.dashboard.markup import Html, element, joined, one_line
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, pairs, part, seen, unseen
from plimsoll.server.dashboard.sql import copyable
from plimsoll.server.dashboard.statements import statement_html, statement_words, statements_html
from plimsoll.server.dashboard.tables import Column, Row, figure, table, words
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import ago, plural, value

UNUSED_AFTER_S: Final = 7 * 86_400.0
_TO_WATCH: Final = "plimsoll watch --dsn postgresql://USER@HOST/DATABASE"


def _index_remarks(row: Row) -> str:
    said = [
        "" if row["valid"] else "not valid: it is not used, and is kept up all the same",
        "" if row["scans"] or row["unique"] or not row["valid"] else _unused_words(row.get("counted_s")),
        "unique" if row["unique"] else "",
    ]
    return ", ".join(one for one in said if one)


def _unused_words(counted_s: float | None) -> str:
    """Counters that began a while ago say little of an index that a report needs once a month."""
    if counted_s is None:
        return "no scan counted"
    lasted = _rough(counted_s)
    return f"not used for {lasted}" if counted_s >= UNUSED_AFTER_S else f"no scan, but counted for {lasted} only"


def _text(place: Place, row: Row) -> Html:
    """On one line; the whole of it is where its statement is looked at."""
    text = element("code", one_line(row["query"] or "–", 100))
    if not row["query_id"]:
        return text
    there = place.href(statement=str(row["query_id"]))
    return element("a", text, href=there, data_in="", id=f"session-{row['pid']}")


def _rough(seconds: float) -> str:
    """An age to its larger part: "3 h"."""
    return " ".join(format_duration(float(round(seconds))).split()[:2])


def _written(row: Row) -> int:
    return int(row["inserted"] + row["updated"] + row["deleted"])


_SESSIONS: Final = (
    figure("pid", "PID", str),
    words("user", "User"),
    words("application", "Application"),
    words("state", "State"),
    words("wait", "Waits for"),
    figure("transaction_s", "Transaction", format_duration, "how long its transaction has been open"),
    figure("query_s", "Statement", format_duration, "how long its statement has taken, or had taken"),
    Column("blocked_by", "Blocked by", lambda row: ", ".join(map(str, row.get("blocked_by") or ())) or "nobody"),
)
_WAITS: Final = (
    words("wait", "Waits for"),
    figure("sessions", "Sessions on average", lambda amount: f"{amount:.2f}"),
    Column("query", "Statement", lambda row: element("code", row["query"] or "–")),
)
_WRITTEN: Final = Column(
    "written",
    "Written",
    lambda row: format_count(_written(row)),
    _written,
    number=True,
    meaning="rows inserted, updated and deleted",
)
_TABLES: Final = (
    words("table", "Table"),
    figure("sequential_rows", "Rows scanned", format_count, "rows that whole scans read"),
    figure("sequential_scans", "Whole scans", format_count),
    figure("index_scans", "By index", format_count, "scans of its indexes"),
    figure("live_rows", "Rows", format_count),
    figure("dead_rows", "Dead rows", format_count),
    figure("size_bytes", "Size", format_bytes),
    figure("bloat_bytes", "Bloat", format_bytes, "estimated"),
    _WRITTEN,
    figure("vacuumed_s_ago", "Vacuumed", _rough, "how long ago"),
    figure("analyzed_s_ago", "Analyzed", _rough, "how long ago"),
)
_INDEXES: Final = (
    words("index", "Index"),
    words("table", "Table"),
    figure("scans", "Scans in all", format_count),
    figure("scans_now", "Scans lately", format_count),
    figure("size_bytes", "Size", format_bytes),
    Column("remarks", "Remarks", _index_remarks),
)


def _locks(reading: Reading, _: Place) -> Html:
    if not reading.watches_database:
        return part(
            "No database is watched", element("p", "To watch one: ", element("code", _TO_WATCH), class_="empty")
        )
    rows = reading.rows("locks")
    if not rows:
        nothing = unseen(reading, "locks", "Nobody waits for a lock.")
        return part("Who blocks whom", element("p", nothing, class_="empty"), aside=seen(reading, "locks"))
    return part("Who blocks whom", element("ul", *map(_lock, rows), class_="tree"), aside=seen(reading, "locks"))


def _lock(row: Row) -> Html:
    """A session of the tree, indented by its depth; who is at the top gets the command that would end what it does."""
    who = element("b", f"PID {row['pid']}")
    account = f" {row['user']} · {row['application'] or 'no name'} · {row['state']}"
    command = f"SELECT pg_{'terminate_backend' if _idle(row) else 'cancel_backend'}({row['pid']});"
    does = joined(element("br"), "To end it: ", copyable(command, "the command")) if not row["waits_for"] else ""
    query = joined(element("br"), element("code", one_line(row["query"] or "–", 160)))
    return element(
        "li", who, account, " · ", _lock_words(row), query, does, style=f"--depth:{min(int(row['depth']), 12)}"
    )


def _idle(row: Row) -> bool:
    """A session that executes nothing has nothing to cancel: only ending it frees its locks."""
    return str(row["state"]).startswith("idle")


def _lock_words(row: Row) -> str:
    if not row["waits_for"]:
        open_s = (
            f", transaction open for {format_duration(row['transaction_s'])}"
            if row["transaction_s"] is not None
            else ""
        )
        return f"blocks {plural(int(row['blocks']), 'session')}{open_s}"
    also = f", and blocks {plural(int(row['blocks']), 'session')}" if row["blocks"] else ""
    owner = f"pid {row['waits_for']}"
    lock = str(row["lock"]).replace(owner, owner.upper())
    holder = "" if owner.upper() in lock else f" of PID {row['waits_for']}"
    return f"waits {format_duration(row['wait_s'])} for {lock}{holder}{also}"


def _sessions(reading: Reading, place: Place) -> Html:
    columns = (*_SESSIONS, Column("query", "Statement", lambda row: _text(place, row)))
    return _listed(reading, place, "sessions", "Sessions that are not idle", columns, "No session is at work.")


def _waits(reading: Reading, place: Place) -> Html:
    if not reading.watches_database:
        return Html("")
    texts = {row["query_id"]: row["query"] for row in reading.rows("statements")}
    rows = [{**row, "query": _statement_words(row, texts)} for row in reading.rows("waits")]
    nothing = unseen(reading, "waits", "No session was at work at any look.")
    caption = "By event and statement, since the last look; CPU is a session that executes and waits for nothing"
    shown = table(place, "waits", caption, _WAITS, rows, shown=20, nothing=nothing)
    return part("Waits", shown, aside=seen(reading, "waits"))


def _statement_words(row: Row, texts: Mapping[Any, str]) -> str | None:
    if not row["query_id"]:
        return None
    return one_line(statement_words(row["query_id"], texts.get(row["query_id"])), 80)


def _statement(reading: Reading, place: Place) -> Html:
    """The one that is looked at stands before all else."""
    if not (reading.watches_database and place.statement):
        return Html("")
    return part("Statement", statement_html(reading, place), aside=seen(reading, "statements"))


def _statements(reading: Reading, place: Place) -> Html:
    if not reading.watches_database or place.statement:
        return Html("")
    return part("Statements", statements_html(reading, place), aside=seen(reading, "statements"))


def _tables(reading: Reading, place: Place) -> Html:
    return _listed(reading, place, "tables", "Tables, the most read by whole scans first", _TABLES, "Not seen yet.")


def _indexes(reading: Reading, place: Place) -> Html:
    return _listed(
        reading, place, "indexes", "Those that are not valid first, then the largest", _INDEXES, "Not seen yet."
    )


def _rows(reading: Reading, kind: str) -> Sequence[Row]:
    """Of indexes each says how long its scans have been counted."""
    _, found = reading.details.get(kind, (0.0, {}))
    if not found.get("counted_from_s"):
        return reading.rows(kind)
    return [{**row, "counted_s": max(0.0, reading.now_s - found["counted_from_s"])} for row in found["rows"]]


def _listed(reading: Reading, place: Place, kind: str, caption: str, columns: Sequence[Column], nothing: str) -> Html:
    if not reading.watches_database:
        return Html("")
    found = reading.details.get(kind)
    left_out = int(found[1].get("left_out", 0)) if found else 0
    nothing = unseen(reading, kind, nothing)
    shown = table(place, kind, caption, columns, _rows(reading, kind), left_out=left_out, nothing=nothing, shown=30)
    return part(kind.capitalize(), shown, aside=seen(reading, kind))


_BACKGROUND: Final[Sequence[tuple[str, str, Unit]]] = (
    ("database_autovacuum_workers", "Autovacuum workers at work", "count"),
    ("database_wal_bytes_per_s", "Write-ahead log", "bytes/s"),
    ("database_wraparound_percent", "Oldest transaction, of autovacuum_freeze_max_age", "percent"),
    ("database_oldest_snapshot_transactions", "Transactions since the oldest snapshot", "transactions"),
    ("database_archive_failures_per_s", "Failed attempts to archive", "1/s"),
    ("database_size_bytes", "Size of this database", "bytes"),
    ("database_dead_rows_percent", "Dead rows", "percent"),
    ("database_bloat_bytes", "Bloat, estimated", "bytes"),
)  # fmt: skip


def _background(reading: Reading, _: Place) -> Html:
    if not reading.watches_database:
        return Html("")
    checkpoints = [event for event in reading.events if event.kind == "checkpoint"]
    last = [("Last checkpoint", ago(checkpoints[-1].at_s, reading.now_s))] if checkpoints else []
    said = [(title, value(reading.value(name), unit)) for name, title, unit in _BACKGROUND]
    return part("Background work and safety", pairs(*last, *said), aside=seen(reading, "background"))


_STANDBYS: Final = (
    words("standby", "Standby"),
    figure("bytes", "Log not replayed", format_bytes),
    figure("seconds", "Behind", format_duration),
)


def _replication(reading: Reading, place: Place) -> Html:
    lags = reading.valued("database_replication_lag_bytes")
    if not lags:
        return Html("")
    rows = [
        {"standby": name, "bytes": lag, "seconds": reading.value("database_replication_lag_s", standby=name)}
        for key, lag in lags.items()
        if (name := key.label("standby") or "")
    ]
    return part("Replication", table(place, "standbys", "Standbys", _STANDBYS, rows))


SLOTS: Final[Sequence[Slot]] = (
    Slot("statement", _statement, holds=True, kinds=("statements",)),
    Slot("locks", _locks, holds=True, kinds=("locks",)),
    CHARTS,
    Slot("statements", _statements, holds=True, kinds=("statements",)),
    Slot("waits", _waits, holds=True, kinds=("waits",)),
    Slot("sessions", _sessions, holds=True, kinds=("sessions",)),
    Slot("tables", _tables, holds=True, kinds=("tables",)),
    Slot("indexes", _indexes, holds=True, kinds=("indexes",)),
    Slot("background", _background),
    Slot("replication", _replication),
)
