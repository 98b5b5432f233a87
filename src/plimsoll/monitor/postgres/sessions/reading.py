"""What the rows about sessions mean: series, rows for people, and what could not be seen. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from plimsoll.core.details import SessionRow
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.link import Server
from plimsoll.monitor.postgres.statements.hiding import masked_sql

Restart = Literal["", "crash", "restart"]
RESTARTS: Final[Mapping[Restart, str]] = {
    "crash": "one of PostgreSQL's processes crashed, and it started all of them anew",
    "restart": "PostgreSQL was started anew, or another server answers now",
}
_STATES: Final = {
    "active": "active",
    "idle": "idle",
    "idle in transaction": "idle_in_transaction",
    "idle in transaction (aborted)": "aborted",
}
# By series: the column, all of which are 0 where no session has such a thing, and known only if none is hidden.
_LONGEST: Final = {
    "database_longest_transaction_s": "transaction_s",
    "database_longest_statement_s": "statement_s",
    "database_longest_idle_in_transaction_s": "idle_in_transaction_s",
    "database_oldest_snapshot_transactions": "snapshot",
}


def values_of(row: Mapping[str, Any], *, sees_all: bool) -> dict[SeriesKey, float]:
    """The series that the summary gives; those that hidden sessions might change are left out."""
    by_state = {state: float(row[column]) for state, column in _STATES.items()}
    by_state["other"] = row["connections"] - sum(by_state.values())
    values = {SeriesKey.of("database_connections", state=state): count for state, count in by_state.items()}
    for one in json.loads(row["roles"] or "[]"):
        told = SeriesKey.of("database_role_connections", database=one["database"], role=one["role"])
        values[told] = float(one["sessions"])
    values[SeriesKey("database_connections_limit")] = float(row["usable"])
    if row["usable"] > 0:
        values[SeriesKey("database_connections_used_percent")] = 100.0 * row["connections"] / row["usable"]
    if not row["hidden"]:
        values |= {SeriesKey(name): max(0.0, float(row[column] or 0)) for name, column in _LONGEST.items()}
    if sees_all:
        values[SeriesKey("database_autovacuum_workers")] = float(row["autovacuum_workers"])
    return values


def notes_of(row: Mapping[str, Any], server: Server) -> tuple[str, ...]:
    """What the role's rights hide, and how to mend that."""
    if server.sees_all:
        return ()
    hidden = f"; {row['hidden']} are there now" if row["hidden"] else ""
    mend = f"GRANT pg_monitor TO {quote_identifier(server.role)}"
    return (f"the role {server.role!r} sees only its own sessions{hidden}. As an administrator: {mend}",)


def restart_of(before: tuple[float, float] | None, after: tuple[float, float]) -> Restart:
    """What happened between two looks, of which each says when the server began and when its processes began."""
    if before is None or before == after:
        return ""
    return "crash" if before[0] == after[0] else "restart"


def restart_values(before: tuple[float, float] | None, restart: Restart) -> dict[SeriesKey, float]:
    """At the first look it is not known what was before."""
    if before is None:
        return {}
    return {
        SeriesKey("database_crashed"): float(restart == "crash"),
        SeriesKey("database_restarted"): float(restart == "restart"),
    }


def wait_of(kind: str | None, event: str | None, state: str | None) -> str:
    """As in "Lock:transactionid". An active session that waits for nothing computes."""
    if kind is None:
        return "CPU" if state == "active" else ""
    return f"{kind}:{event}"


def session_rows(rows: Sequence[Mapping[str, Any]], blocked_by: Mapping[int, Sequence[int]]) -> list[SessionRow]:
    """As they come: the oldest transaction first."""
    return [_session(row, tuple(blocked_by.get(row["pid"], ())) if _may_wait(row) else ()) for row in rows]


def _may_wait(row: Mapping[str, Any]) -> bool:
    """Sessions are read a little after locks: who waits neither for one nor for a parallel worker waits no longer."""
    return row["wait_event_type"] in ("Lock", "IPC")


def _session(row: Mapping[str, Any], blocked_by: tuple[int, ...]) -> SessionRow:
    told = {name: row[name] for name in _TOLD}
    wait = wait_of(row["wait_event_type"], row["wait_event"], row["state"])
    return SessionRow(**told, wait=wait, blocked_by=blocked_by, query=masked_sql(row["query"] or ""))


_TOLD: Final = (
    "pid", "user", "database", "application", "client", "state", "transaction_s", "state_s", "query_s", "query_id",
)  # fmt: skip
