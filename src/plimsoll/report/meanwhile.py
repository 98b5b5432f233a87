"""What host and database did over the measured time, in a line each: for the terminal, and whoever reads no charts."""

from collections.abc import Iterable, Sequence
from typing import Final

from plimsoll.core.details import StatementRow
from plimsoll.core.recorded import Recorded
from plimsoll.core.series.window import SeriesWindow
from plimsoll.core.units import format_count, format_ms, format_share
from plimsoll.report.watch_panels import PERCENT, wait_word
from plimsoll.report.words import statement_words
from plimsoll.report.workers import workers_words

STATEMENTS_MAX: Final = 5
QUERY_CHARACTERS_MAX: Final = 100
CLASSES_MAX: Final = 4
SHARE_LEAST: Final = 0.001


def meanwhile(recorded: Recorded) -> list[tuple[str, str]]:
    """(about, words); nothing of what was not watched."""
    found = (("host", _host(recorded)), ("sessions", _sessions(recorded)), ("locks", _locks(recorded)))
    return [*workers_words(recorded), *((about, words) for about, words in found if words)]


def _host(recorded: Recorded) -> str:
    busy = _measured(recorded, "host_cpu_busy_percent")
    used = _measured(recorded, "host_memory_used_percent")
    parts = []
    if busy:
        mean, most = sum(busy) / len(busy) * PERCENT, max(busy) * PERCENT
        parts.append(f"CPU {format_share(mean)} busy on average, {format_share(most)} at most")
    if used:
        parts.append(f"memory {format_share(max(used) * PERCENT)} in use at most")
    return "; ".join(parts)


def _measured(recorded: Recorded, name: str) -> list[float]:
    return [value for window in recorded.named(name) for value in _values(window, recorded.measured_from_s)]


def _values(window: SeriesWindow, start_s: float) -> Iterable[float]:
    return (value for at, value in zip(window.times, window.mean, strict=True) if at > start_s)


def _sessions(recorded: Recorded) -> str:
    """By class, the largest first."""
    classes: dict[str, float] = {}
    for row in recorded.waits["rows"] if recorded.waits is not None else ():
        name = row["wait"].partition(":")[0]
        classes[name] = classes.get(name, 0.0) + row["sessions"]
    total = sum(classes.values())
    if not total:
        return ""
    ranked = sorted(classes.items(), key=lambda item: -item[1])[:CLASSES_MAX]
    shares = ", ".join(f"{wait_word(name)} {format_share(sessions / total)}" for name, sessions in ranked)
    return f"{total:.3g} active on average: {shares}"


def _locks(recorded: Recorded) -> str:
    blocked = _measured(recorded, "database_blocked_sessions")
    depth = _measured(recorded, "database_lock_chain_depth")
    if not any(blocked):
        return ""
    chain = f", {max(depth):.0f} one behind the other" if depth and max(depth) > 1 else ""
    return f"{sum(blocked) / len(blocked):.3g} sessions blocked on average, {max(blocked):.0f} at most{chain}"


def _shortened(query: str) -> str:
    """On one line that a terminal has room for, beside its figures."""
    line = " ".join(query.split())
    return line if len(line) <= QUERY_CHARACTERS_MAX else f"{line[: QUERY_CHARACTERS_MAX - 1]}…"


def top_statements(recorded: Recorded) -> Sequence[tuple[str, str, str, str]]:
    """(text, share of the time, calls, mean) of those that took most time."""
    rows = recorded.statements["rows"] if recorded.statements is not None else ()
    spent = sum(row["total_ms"] for row in rows)
    if not spent:
        return ()
    telling = [row for row in rows if row["total_ms"] >= SHARE_LEAST * spent]
    found = [StatementRow(**row) for row in telling[:STATEMENTS_MAX]]
    return [
        (
            _shortened(statement_words(row.query, row.query_id)),
            format_share(row.total_ms / spent),
            format_count(row.calls),
            format_ms(row.mean_ms),
        )
        for row in found
    ]
