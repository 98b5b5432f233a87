"""What was watched beside the load, as tables: statements, waits, locks, tables, events, and what was not seen."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from plimsoll.core.recorded import Document, Recorded
from plimsoll.core.scaled_run import ScaledRun
from plimsoll.core.series.catalogue import APPLICATION_PREFIX
from plimsoll.core.series.window import SeriesWindow
from plimsoll.core.units import format_bytes, format_count, format_duration, format_ms, format_share
from plimsoll.report.markup import Html, element
from plimsoll.report.sections import Cell, table
from plimsoll.report.words import TEXT_CHARACTERS_MAX, clock, plain, statement_words
from plimsoll.settings.masking import mask

STATEMENTS_MAX: Final = 20
ROWS_MAX: Final = 15
SHARE_LEAST: Final = 0.001  # of the whole: what is less is counted, not shown
SQL_CHARACTERS: Final = 90  # of a statement before a click
BLOCK_BYTES: Final = 8192  # unless a server was built otherwise
Row = Mapping[str, Any]


def database_section(recorded: Recorded) -> list[Html]:
    """Parts with headings; none where neither database nor application told anything."""
    texts = {row["query_id"]: row.get("query", "") for row in _rows(recorded.statements)}
    parts = (
        ("Statements", _statements(recorded.statements)),
        ("What sessions waited for", _waits(recorded.waits, texts)),
        ("Who held whom up", _locks(recorded)),
        ("Tables", _tables(recorded.tables)),
        ("Events", _events(recorded)),
        ("What the application told", _application(recorded)),
    )
    return [part for title, body in parts if body for part in (element("h3", title), body)]


def not_watched(recorded: Recorded) -> Html:
    items = [element("li", element("span", "Not watched: ", class_="doubt"), note) for note in recorded.notes]
    return element("ul", *items, class_="findings") if items else Html()


def _rows(found: Document | None) -> Sequence[Row]:
    return found["rows"] if found is not None else ()


def _statements(found: Document | None) -> Html:
    rows = _rows(found)
    if not rows or found is None:
        return Html()
    spent = sum(row["total_ms"] for row in rows)
    telling = [row for row in rows if row["total_ms"] >= SHARE_LEAST * spent]
    head = ("Statement", ">Time", ">Share", ">Calls", ">Mean", ">Rows a call", ">Cache hit", ">Temporary", ">WAL")
    note = f"Those that took most time in {format_duration(_seconds(found))} of measured time, as the server counts."
    shown = [_statement(row, spent) for row in telling[:STATEMENTS_MAX]]
    return table(head, shown, "statements", _with_more(note, len(rows) - len(shown) + found.get("left_out", 0)))


def _statement(row: Row, spent: float) -> tuple[Cell, ...]:
    calls = max(1, row["calls"])
    return (
        (sql(statement_words(row.get("query", ""), row["query_id"])), "sql"),
        format_ms(row["total_ms"]),
        format_share(row["total_ms"] / spent) if spent else "–",
        format_count(row["calls"]),
        format_ms(row["total_ms"] / calls),
        f"{row['rows'] / calls:.3g}",
        _hits(row["blocks_hit"], row["blocks_read"]),
        _bytes(row["temp_blocks"] * BLOCK_BYTES),
        _bytes(row["wal_bytes"]),
    )


def _hits(hit: float, read: float) -> str:
    return format_share(hit / (hit + read)) if hit + read else "–"


def _bytes(size: float) -> str:
    return format_bytes(size) if size else "0"


def sql(query: str) -> Html:
    """A line, and the rest on a click. What was sent as a constant may be a password."""
    line = plain(mask(query), TEXT_CHARACTERS_MAX)
    if len(line) <= SQL_CHARACTERS:
        return element("code", line)
    head = element("summary", element("code", f"{line[:SQL_CHARACTERS]}…"))
    return element("details", head, element("pre", line))


def _waits(found: Document | None, texts: Mapping[str, str]) -> Html:
    rows = _rows(found)
    if not rows or found is None:
        return Html()
    total = sum(row["sessions"] for row in rows)
    telling = [row for row in rows if row["sessions"] >= SHARE_LEAST * total]
    shown = [
        (
            _wait_word(row["wait"]),
            f"{row['sessions']:.3g}",
            format_share(row["sessions"] / total) if total else "–",
            (sql(texts[row["query_id"]]), "sql") if texts.get(row["query_id"]) else (row["query_id"] or "–"),
        )
        for row in telling[:ROWS_MAX]
    ]
    note = "Sessions on average over the measured time, sampled; a session that waits for nothing is on CPU."
    return table(("Wait", ">Sessions", ">Share", "Executing"), shown, "waits", _with_more(note, len(rows) - len(shown)))


def _wait_word(wait: str) -> str:
    return "on CPU" if wait == "CPU" else wait


def _locks(recorded: Recorded) -> Html:
    if not recorded.locks:
        return Html()
    at_s, document = recorded.locks[0]
    head = ("Session", "Waits for", ">Since", "State", ">Transaction", "Statement")
    shown = [_lock(row) for row in document["rows"][:ROWS_MAX]]
    others = len(recorded.locks) - 1
    note = f"The worst moment, {clock(max(0.0, at_s - recorded.began_s))} after the start"
    note += f"; {others} more were recorded." if others else "."
    return table(head, shown, "lock waits", _with_more(note, len(document["rows"]) - len(shown)))


def _lock(row: Row) -> tuple[Cell, ...]:
    depth = row.get("depth", 0)
    application = row["application"] if row["application"] != row["user"] else ""
    who = f"{'└ ' if depth else ''}{row['pid']} {row['user']}" + (f" ({application})" if application else "")
    return (
        element("span", who, style=f"padding-left:{min(depth, 12) * 18}px"),
        row["lock"] or ("holds what the others want" if not depth else "–"),
        format_duration(row["wait_s"]) if row.get("wait_s") is not None else "–",
        row["state"],
        format_duration(row["transaction_s"]) if row.get("transaction_s") is not None else "–",
        (sql(row["query"]), "sql") if row["query"] else "–",
    )


def _tables(found: Document | None) -> Html:
    rows = [row for row in _rows(found) if any(row.get(name) for name in _WORK)]
    if not rows or found is None:
        return Html()
    ranked = sorted(rows, key=lambda row: -(row["sequential_rows"] + sum(row[name] for name in _WRITES)))
    head = ("Table", *(f">{word}" for word in ("Full scans", "Rows so read", "Index scans", "Inserted", "Updated")))
    head = (*head, ">HOT", ">Deleted", ">Dead rows", ">Size")
    shown = [_table_row(row) for row in ranked[:ROWS_MAX]]
    note = "What happened to them over the measured time, most rows first. HOT: updates that touched no index."
    return table(head, shown, "tables", _with_more(note, len(rows) - len(shown)))


_WRITES: Final = ("inserted", "updated", "deleted")
_WORK: Final = ("sequential_scans", "index_scans", *_WRITES)


def _table_row(row: Row) -> tuple[Cell, ...]:
    dead, live = row.get("dead_rows") or 0, row.get("live_rows") or 0
    size = row.get("size_bytes")
    return (
        row["table"],
        *(format_count(row[name]) for name in ("sequential_scans", "sequential_rows", "index_scans")),
        format_count(row["inserted"]),
        format_count(row["updated"]),
        format_share(row["hot_updated"] / row["updated"]) if row["updated"] else "–",
        format_count(row["deleted"]),
        format_share(dead / (dead + live)) if dead + live else "–",
        "–" if size is None else format_bytes(size),
    )


def _application(recorded: Recorded) -> Html:
    """Its own figures over the measured time: those that changed, by name."""
    windows = [window for key, window in sorted(recorded.windows.items()) if key.name.startswith(APPLICATION_PREFIX)]
    rows = [row for window in windows if (row := _course(window, recorded.measured_from_s)) is not None]
    if not rows:
        return Html()
    shown = rows[:STATEMENTS_MAX]
    head = ("Series", ">Mean", ">Lowest", ">Highest", "Unit")
    return table(head, shown, "series", _with_more("Those that changed.", len(rows) - len(shown)))


def _course(window: SeriesWindow, start_s: float) -> tuple[Cell, ...] | None:
    points = [one for one in zip(window.times, window.mean, window.low, window.high, strict=True) if one[0] > start_s]
    low, high = min((one[2] for one in points), default=0.0), max((one[3] for one in points), default=0.0)
    if low == high:
        return None
    mean = sum(one[1] for one in points) / len(points)
    return (
        str(window.key).removeprefix(APPLICATION_PREFIX),
        *(f"{value:.4g}" for value in (mean, low, high)),
        window.info.unit,
    )


def _events(recorded: Recorded) -> Html:
    """Decisions about workers have a table of their own."""
    elsewhere = "scaling" if ScaledRun.of(recorded) is not None else ""
    known = [event for event in recorded.events if event.kind != elsewhere]
    within = [event for event in known if recorded.began_s <= event.at_s <= recorded.ended_s]
    if not within:
        return Html()
    shown = [(_at(event.at_s, recorded), event.kind, event.text, event.source) for event in within[:ROWS_MAX]]
    cleaned = any(event.kind in _AUTO for event in within)
    note = "Autovacuum is of users' tables only, and only within the load." if cleaned else ""
    more = _with_more(note, len(within) - len(shown))
    return table(("At", "What", "", "Seen by"), shown, "events", more, narrow=True)


_AUTO: Final = frozenset(("autovacuum", "autoanalyze"))


def _at(at_s: float, recorded: Recorded) -> Html:
    when = datetime.fromtimestamp(at_s).astimezone()
    return element("time", clock(at_s - recorded.began_s), title=f"{when:%Y-%m-%d %H:%M:%S %z}")


def _with_more(note: str, more: int) -> str:
    return f"{note} {format_count(more)} more are in the run directory.".strip() if more > 0 else note


def _seconds(found: Document) -> float:
    return float(found.get("seconds") or 0.0)


def settings_of(recorded: Recorded) -> Mapping[str, str]:
    """Settings of the server that somebody chose, with their units."""
    found: Iterable[tuple[str, Any]] = recorded.facts.get("settings", {}).items()
    return {
        name: setting_words(str(one["value"]), one["unit"] or "")
        for name, one in found
        if isinstance(one, Mapping) and one.get("source") not in ("default", None)
    }


def setting_words(value: str, unit: str) -> str:
    """ "128 MB" of 16384 pages of 8kB, as people write settings; -1 and 0 often mean something of their own."""
    size = _SIZE.fullmatch(unit)
    if not value.isdigit() or value == "0":
        return value
    if size:
        amount, scale, scales = int(value) * int(size[1] or 1), size[2], _SIZES
    elif any(unit == name for name, _ in _TIMES):
        amount, scale, scales = int(value), unit, _TIMES
    else:
        return f"{value} {unit}".strip()
    names = [name for name, _ in scales]
    for name, next_at in scales[names.index(scale) :]:
        if amount % next_at or name == names[-1]:
            return f"{amount} {name}"
        amount //= next_at
    return f"{amount} {names[-1]}"


_SIZE: Final = re.compile(r"(\d*)(B|kB|MB|GB|TB)")
_SIZES: Final = (("B", 1024), ("kB", 1024), ("MB", 1024), ("GB", 1024), ("TB", 1024))
_TIMES: Final = (("ms", 1000), ("s", 60), ("min", 60), ("h", 24), ("d", 1))
