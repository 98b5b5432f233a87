"""What the rows about locks mean: rows of a tree for people, and the series. Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.details import LockRow
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.locks.tree import Place, places
from plimsoll.monitor.postgres.statements.hiding import masked_sql

BLOCKERS_MAX: Final = 50  # of one session
UNKNOWN_PREPARED: Final = 0  # what pg_blocking_pids says for a prepared transaction that has ended meanwhile


@dataclass(frozen=True, slots=True)
class Party:
    """Who waits or is waited for. A prepared transaction has no process: its number is its transaction's, negative."""

    user: str = ""
    application: str = ""
    state: str = ""
    transaction_s: float | None = None
    query: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """`blocked_by` of leaders only; `wanted` and `held` say which lock on what. All by pid."""

    blocked_by: Mapping[int, Sequence[int]] = field(default_factory=dict)
    wanted: Mapping[int, str] = field(default_factory=dict)
    held: Mapping[int, str] = field(default_factory=dict)
    wait_s: Mapping[int, float] = field(default_factory=dict)
    parties: Mapping[int, Party] = field(default_factory=dict)


def without_contradictions(
    waiting: Iterable[Mapping[str, Any]], parties: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Locks and what sessions do are of moments a little apart: a wait that is over by then is left out.

    Who is idle holds nothing but advisory locks of its session; who waits on anything but a lock waits for nobody.
    What a session does may be hidden: then its locks are believed.
    """
    known = {row["pid"]: row for row in parties}
    idle = {pid for pid, row in known.items() if row["state"] == "idle"}
    moved_on = {pid for pid, row in known.items() if row["state"] and row["waits_on"] != "Lock"}
    still = [row for row in waiting if row["pid"] not in moved_on]
    held = [row if row["locktype"] == "advisory" else _without(row, idle) for row in still]
    return [row for row in held if row["blockers"]]


def _without(row: Mapping[str, Any], pids: Container[int]) -> Mapping[str, Any]:
    return {**row, "blockers": [pid for pid in row["blockers"] if pid not in pids]}


def read_waits(
    waiting: Sequence[Mapping[str, Any]], parties: Sequence[Mapping[str, Any]], prepared: Sequence[Mapping[str, Any]]
) -> Waits:
    """What the three questions about locks gave, put together."""
    leaders = {row["pid"]: row["leader_pid"] or row["pid"] for row in parties}
    numbers = {row["virtualtransaction"]: -int(row["xid"]) for row in prepared}
    known = {row["pid"]: _party(row) for row in parties} | {-int(row["xid"]): _prepared(row) for row in prepared}
    blocked_by: dict[int, Sequence[int]] = {}
    wanted: dict[int, str] = {}
    held: dict[int, str] = {}
    wait_s: dict[int, float] = {}
    for row in waiting:
        pid = leaders.get(row["pid"], row["pid"])
        blockers = _blockers(row, leaders, numbers)
        blocked_by[pid] = [*dict.fromkeys((*blocked_by.get(pid, ()), *blockers))]
        helper = f" (parallel worker {row['pid']})" if pid != row["pid"] else ""
        wanted[pid] = f"{row['mode']} on {_what(row, blockers, known)}{helper}"
        held |= {holder: text for holder, text in _held(row, leaders, numbers).items() if holder in blockers}
        if row["wait_s"] is not None:
            wait_s[pid] = max(row["wait_s"], wait_s.get(pid, 0.0))
    return Waits(blocked_by, wanted, held, wait_s, known)


def _blockers(row: Mapping[str, Any], leaders: Mapping[int, int], numbers: Mapping[str, int]) -> list[int]:
    """Those who hold what is wanted; only where nobody does, those who stand before in the queue."""
    unnamed = [numbers[one] for one in row["prepared"] or () if one in numbers] or [UNKNOWN_PREPARED]
    told = [number for pid in dict.fromkeys(row["blockers"]) for number in ([pid] if pid else unnamed)]
    holders = {leaders.get(pid, pid) for pid in row["holders"] or ()}
    holding = [number for number in told if number in holders or number <= 0]
    return (holding or told)[:BLOCKERS_MAX]


def _held(row: Mapping[str, Any], leaders: Mapping[int, int], numbers: Mapping[str, int]) -> dict[int, str]:
    what = "its own transaction" if row["locktype"] in _OF_TRANSACTIONS else _thing(row)
    modes = zip(row["holders"] or (), row["modes"] or (), strict=True)
    held = {leaders.get(pid, pid): f"holds {mode} on {what}" for pid, mode in modes}
    return held | {numbers[one]: f"holds a lock on {what}" for one in row["prepared"] or () if one in numbers}


_OF_TRANSACTIONS: Final = ("transactionid", "virtualxid")


def _what(row: Mapping[str, Any], blockers: Sequence[int], known: Mapping[int, Party]) -> str:
    if row["locktype"] not in _OF_TRANSACTIONS:
        return _thing(row)
    first = blockers[0] if blockers else UNKNOWN_PREPARED
    owner = f"the transaction of pid {first}" if first > 0 else known.get(first, _NOBODY).application
    return owner + (f" (a row of {row['relation']})" if row["relation"] else "")


def _thing(row: Mapping[str, Any]) -> str:
    kind, relation = row["locktype"], row["relation"]
    if kind == "advisory":
        return f"advisory lock {row['classid']}, {row['objid']}"
    if relation is None:
        return f"{kind} {row['objid']}" if row["objid"] is not None else str(kind)
    return str(relation) if kind == "relation" else f"{kind} of {relation}"


def _party(row: Mapping[str, Any]) -> Party:
    kind = "" if row["kind"] in ("client backend", "parallel worker") else row["kind"]
    return Party(
        row["user"],
        row["application"] or kind,
        row["state"],
        row["transaction_s"],
        masked_sql(row["query"] or ""),
        kind,
    )


def _prepared(row: Mapping[str, Any]) -> Party:
    return Party(row["owner"], f"prepared transaction {row['gid']!r}", "prepared", row["transaction_s"])


_NOBODY: Final = Party(application="a prepared transaction", state="prepared")


def lock_rows(waits: Waits) -> list[LockRow]:
    """The trees, in the order of reading."""
    return [_lock_row(place, waits) for place in places(waits.blocked_by)]


def _lock_row(place: Place, waits: Waits) -> LockRow:
    party = waits.parties.get(place.pid, _NOBODY if place.pid <= 0 else Party())
    lock = waits.wanted.get(place.pid, waits.held.get(place.pid, ""))
    return LockRow(
        pid=place.pid,
        depth=place.depth,
        waits_for=place.waits_for,
        lock=f"{lock}; waits in a circle" if place.in_circle else lock,
        wait_s=waits.wait_s.get(place.pid),
        user=party.user,
        application=party.application,
        state=party.state,
        transaction_s=party.transaction_s,
        blocks=place.blocks,
        query=party.query,
    )


def lock_values(rows: Sequence[LockRow], waiting: int) -> dict[SeriesKey, float]:
    """`waiting` counts all, also those that the rows leave out. The longest wait is left out where it is not known."""
    waited = [row.wait_s for row in rows if row.wait_s is not None]
    values = {
        SeriesKey("database_blocked_sessions"): float(waiting),
        SeriesKey("database_lock_chain_depth"): 1.0 + max((row.depth for row in rows), default=-1),
    }
    if waited or not waiting:
        values[SeriesKey("database_longest_lock_wait_s")] = max(waited, default=0.0)
    return values
