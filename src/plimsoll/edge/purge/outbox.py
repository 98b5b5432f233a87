"""The outbox's rows: written by hand and from the changelog, leased, settled, looked at. Each call is given a
connection in a transaction, and does what its statement in `outbox_sql` says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg

from plimsoll.changes.polling import Answer, Position, Reason, State, everything
from plimsoll.core.errors import RefusedError
from plimsoll.core.snapshot import Snapshot
from plimsoll.edge.providers.provider import Provider
from plimsoll.edge.purge import outbox_sql as sql
from plimsoll.edge.purge.settling import Leased, Settlement
from plimsoll.edge.purge.wish import Kind, Wish, in_order, wishes_of
from plimsoll.edge.purge.wish import everything as everything_wish


class Read(NamedTuple):
    """What was read of the changelog: how many rows of it, what was wished for, and why that is everything, if so.
    `moved`: the position was, by us."""

    rows: int = 0
    wishes: int = 0
    reason: Reason | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a provider. `oldest_s` is the lag: how long the oldest has waited, None where nothing waits.
    `resume_s`: for how long it is left alone, None where it is not. `trouble`: what it said last, "" if all was well.
    """

    provider: str
    waiting: int
    leased: int
    parked: int
    oldest_s: float | None
    tries: int
    resume_s: float | None
    trouble: str
    read_s: float | None  # since the changelog was last read, whatever the provider


class Parked(NamedTuple):
    """A row that the provider has refused too often by itself."""

    provider: str
    kind: str
    what: str
    hard: bool
    tries: int
    refusals: int
    error: str


async def ask(connection: asyncpg.Connection, wishes: Sequence[Wish], providers: Sequence[str] | None = None) -> int:
    """Writes them for these providers, or for all; returns how many rows that is."""
    ordered = in_order(wishes)
    columns = [one.kind.value for one in ordered], [one.what for one in ordered], [one.hard for one in ordered]
    return int(await connection.fetchval(sql.ASK_CALL, *columns, None if providers is None else list(providers)))


async def read_on(connection: asyncpg.Connection) -> Read:
    """Reads the changelog from the position, writes what follows from it, and moves the position: all or nothing.

    Nothing where somebody else is reading. Raises RefusedError where there is no outbox of this version.
    """
    seen = await _peek(connection)
    if not (seen.reason or seen.answer.changes or seen.old):
        return Read()
    await connection.execute(sql.BOUNDS)
    if await connection.fetchval(sql.LOCK) is None:
        return Read()
    seen = await _peek(connection)
    wishes = _bounded(seen.reason, wishes_of(seen.answer.changes))
    if wishes:
        await ask(connection, wishes)
    position = seen.answer.position
    await connection.execute(sql.MOVE, position.epoch, str(position.snapshot))
    return Read(len(seen.answer.changes), len(wishes), seen.reason, moved=True)


async def lease(
    connection: asyncpg.Connection, provider: Provider, name: str, *, lease_s: float, patience_s: float
) -> tuple[Leased, ...]:
    """A batch that is due, for so long ours by `name`; () if nothing is."""
    patience = timedelta(seconds=patience_s)
    first = await connection.fetchrow(sql.FIRST, provider.name, patience)
    if first is None:
        return ()
    kind, hard, together = Kind(first["kind"]), first["hard"], first["together"]
    number = min(provider.limits.batch.get(kind, 1), together or sql.BACKLOG_MAX)
    until = timedelta(seconds=lease_s)
    rows = await connection.fetch(sql.LEASE, provider.name, patience, kind, hard, together, number, until, name)
    return tuple(Leased(row["id"], Kind(row["kind"]), *tuple(row)[2:]) for row in rows)


async def settle(
    connection: asyncpg.Connection, provider: str, name: str, settlement: Settlement, *, patience_s: float
) -> None:
    """What was acknowledged goes, unless it was asked for again; what was not stays, and is due when it says."""
    done, postponed = settlement.done, settlement.postponed
    ids = [one.id for one in (*done, *(each.row for each in postponed))]
    await connection.fetch(sql.HOLD, ids)
    if done:
        patience = timedelta(seconds=patience_s)
        gone = await connection.fetch(sql.DONE, ids, [one.asked for one in done], patience)
        await connection.execute(sql.FREE, ids, name)
        await _ask_outer(connection, [row for row in gone if row["late"]])
    if postponed:
        await connection.execute(
            sql.POSTPONE,
            ids,
            name,
            settlement.why,
            [one.row.asked for one in postponed],
            [one.after_s for one in postponed],
            [one.refusals for one in postponed],
            [one.together for one in postponed],
            [one.parked for one in postponed],
        )
    await connection.execute(sql.PAUSE, provider, settlement.pause_s, settlement.why)


async def read_backlog(connection: asyncpg.Connection) -> tuple[Backlog, ...]:
    """Of each provider, from the inside out."""
    return tuple(Backlog(*row) for row in await connection.fetch("SELECT * FROM plimsoll_edge.backlog()"))


async def read_parked(connection: asyncpg.Connection, most: int) -> tuple[Parked, ...]:
    """The oldest; of who owns the outbox, or is a purger."""
    return tuple(Parked(*row) for row in await connection.fetch(sql.PARKED, most))


async def retry_parked(connection: asyncpg.Connection, provider: str | None = None) -> int:
    """They wait again; returns how many."""
    return int((await connection.execute(sql.RETRY, provider)).split()[-1])


class _Seen(NamedTuple):
    answer: Answer
    reason: Reason | None
    old: bool


async def _peek(connection: asyncpg.Connection) -> _Seen:
    rows: Sequence[Any] = await connection.fetch(sql.PEEK)
    if not rows or rows[0]["version"] != sql.VERSION:
        why = "there is none, or one of an earlier version"
        raise RefusedError("the outbox cannot be used", why=why, remedy="plimsoll edge install")
    answer = Answer.read(rows)
    before = Position(rows[0]["before"], Snapshot.parse(rows[0]["seen"]))
    return _Seen(answer, everything(State(before), answer), rows[0]["old"])


def _bounded(reason: Reason | None, wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Where changes may be missing, and where they are more than is kept, everything."""
    if reason is None and len(wishes) <= sql.BACKLOG_MAX:
        return wishes
    return (everything_wish(hard=any(one.hard for one in wishes)),)


async def _ask_outer(connection: asyncpg.Connection, late: Sequence[Any]) -> None:
    """Inner ones that were done too late to be waited for: outer ones may have filled from them since."""
    if not late:
        return
    outer = [row["name"] for row in await connection.fetch(sql.OUTER, late[0]["rank"])]
    if outer:
        await ask(connection, [Wish(Kind(row["kind"]), row["what"], row["hard"]) for row in late], outer)
