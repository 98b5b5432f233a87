"""Transactions that stay open: idle ones, and long ones that still work. A risk even where nothing is slow yet."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.holders import holders
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_duration

IDLE: Final = "idle-transaction"
LONG: Final = "long-transaction"
IDLE_MIN_S: Final = 5.0  # no application thinks that long between two statements of a transaction on purpose
YOUNG_S: Final = 1.0
LONG_MIN_S: Final = 60.0
RISKS: Final = ((600.0, 0.5), (60.0, 0.4), (0.0, 0.3))  # by seconds open: how much vacuum is held back


def examine(evidence: Evidence) -> Iterator[Finding]:
    seen_s = evidence.gauges.highest("database_longest_idle_in_transaction_s") or 0.0
    idle = _oldest(evidence, seen_s, idle=True)
    if idle is not None or seen_s >= IDLE_MIN_S:
        yield _idle(evidence, idle, seen_s)
    long = _oldest(evidence, 0.0, idle=False)
    if long is not None and (idle is None or long["pid"] != idle["pid"]):
        yield _long(evidence, long)


def _oldest(evidence: Evidence, seen_s: float, *, idle: bool) -> Mapping[str, Any] | None:
    """The session that was so for longest at any look; None where none was for long enough. Sessions are kept seldom:
    where a gauge saw that one was idle for long, a younger look at it tells who it was."""
    counted, least = ("state_s", IDLE_MIN_S if seen_s < IDLE_MIN_S else YOUNG_S) if idle else (
        "transaction_s", LONG_MIN_S)  # fmt: skip
    rows = [
        {**row, "at_s": at_s}
        for at_s, document in evidence.database.sessions
        for row in document["rows"]
        if row["state"].startswith("idle in transaction") == idle and (row[counted] or 0.0) >= least and _goes_on(row)
    ]
    return max(rows, key=lambda row: row[counted], default=None)


def _goes_on(row: Mapping[str, Any]) -> bool:
    """Who is only kept waiting by a lock is a victim."""
    return not row["wait"].startswith("Lock:")


def _idle(evidence: Evidence, row: Mapping[str, Any] | None, gauge: float) -> Finding:
    open_s = max(gauge, (row["transaction_s"] or 0.0) if row else 0.0)
    blocks = _blocks(evidence, row)
    return Finding(
        kind=IDLE,
        layer="application",
        subject=_subject(row),
        title=f"{_named(row)} is idle within an open transaction, for {format_duration(max(gauge, _idle_s(row)))}",
        explanation=_explained(blocks, row),
        confidence="confirmed" if row else "likely",
        confirm_by="SELECT pid, state, xact_start, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' "
        "shows it for as long as it lasts",
        risk=_risk(open_s),
        figures=tuple(_figures(evidence, open_s, gauge, blocks)),
        chart=evidence.gauges.chart(
            "longest idle in transaction", "s", "database_longest_idle_in_transaction_s", IDLE_MIN_S
        ),
        details=_details(row, blocks),
    )


def _long(evidence: Evidence, row: Mapping[str, Any]) -> Finding:
    open_s = row["transaction_s"]
    blocks = _blocks(evidence, row)
    return Finding(
        kind=LONG,
        layer="database",
        subject=_subject(row),
        title=f"{_named(row)} has had a transaction open for {format_duration(open_s)} and still works",
        explanation=f"{_KEEPS}{_blocking(blocks)} Its statement: {row['query'][:200]}",
        confidence="confirmed",
        confirm_by="pg_stat_activity shows it for as long as it lasts",
        risk=_risk(open_s),
        figures=tuple(_figures(evidence, open_s, None, blocks)),
        chart=evidence.gauges.chart("oldest open transaction", "s", "database_longest_transaction_s", LONG_MIN_S),
        details=_details(row, blocks),
    )


_KEEPS: Final = (
    "An open transaction keeps every lock that it has taken, and where it has written, or reads under REPEATABLE READ "
    "or within a cursor, vacuum may remove no row that died since, in any table: tables and indexes grow, and scans "
    "get slower by and by."
)


def _explained(blocks: int, row: Mapping[str, Any] | None) -> str:
    last = f" Its last statement: {row['query'][:200]}" if row and row["query"] else ""
    return f"It does nothing, and has not ended its transaction. {_KEEPS}{_blocking(blocks)}{last}"


def _blocking(blocks: int) -> str:
    if not blocks:
        return ""
    return f" {blocks} sessions waited for its locks: what that costs is told under lock contention."


def _blocks(evidence: Evidence, row: Mapping[str, Any] | None) -> int:
    return next((one.blocks for one in holders(evidence) if row is not None and one.pid == row["pid"]), 0)


def _risk(open_s: float) -> float:
    return next(risk for least, risk in RISKS if open_s >= least)


def _subject(row: Mapping[str, Any] | None) -> str:
    return f"pid {row['pid']}" if row else "a session"


def _named(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "a session"
    application = f", application {row['application']}" if row["application"] else ""
    return f"pid {row['pid']} (user {row['user']}{application})"


def _idle_s(row: Mapping[str, Any] | None) -> float:
    return float(row["state_s"] or 0.0) if row else 0.0


def _figures(evidence: Evidence, open_s: float, idle_s: float | None, blocks: int) -> Iterator[Figure]:
    yield Figure("transaction open for", round(open_s, 1), "s", None if idle_s is not None else LONG_MIN_S)
    if idle_s:
        yield Figure("idle within it for", round(idle_s, 1), "s", IDLE_MIN_S)
    if blocks:
        yield Figure("sessions that waited for its locks", float(blocks), "count")
    held = evidence.gauges.highest("database_oldest_snapshot_transactions")
    if held:
        yield Figure("transactions since the oldest snapshot", held, "count")
    dead = evidence.gauges.highest("database_dead_rows_percent")
    if dead:
        yield Figure("dead rows", round(dead, 1), "percent")


def _details(row: Mapping[str, Any] | None, blocks: int) -> dict[str, Any]:
    if row is None:
        return {"blocks": blocks}
    named = {name: row[name] for name in ("pid", "user", "database", "application", "client", "state", "query")}
    began = None if row["transaction_s"] is None else round(row["at_s"] - row["transaction_s"], 1)
    return {**named, "since_s": began, "blocks": blocks}
