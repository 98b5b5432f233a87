"""`plimsoll cache install`, `remove` and `status`: which changes of a database are written down for caches."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from plimsoll.changes.installing import Status, carry_out, plan_install, plan_remove, read_status
from plimsoll.changes.planning import RETAIN_S_MAX, RETAIN_S_MIN, Plan
from plimsoll.changes.watch import Watch, checked_watches
from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target


@dataclass(frozen=True, slots=True)
class InstallRequest:
    """Tables and templates as they are written, `readers` and `invalidators` as roles; all as in `install_plan`."""

    where: TargetRequest
    tables: Sequence[str] = ()
    readers: Sequence[str] = ()
    invalidators: Sequence[str] = ()
    retain_s: float | None = None
    in_use: bool = False

    @property
    def watches(self) -> tuple[Watch, ...]:
        """Raises UsageError; where no table is named, those of plimsoll.toml."""
        if self.retain_s is not None and not RETAIN_S_MIN <= self.retain_s <= RETAIN_S_MAX:
            bounds = f"{format_duration(RETAIN_S_MIN)} to {format_duration(RETAIN_S_MAX)}"
            raise UsageError("wrong --retain", why=f"changes are kept for {bounds}", remedy="--retain 5m")
        stated = self.tables or self.where.settings.cache_tables
        if not stated:
            raise UsageError(
                "no table is named",
                why="there is no --table, and plimsoll.toml has no [cache.tables]",
                remedy="--table 'public.orders=order:{id},org:{organization_id}'",
            )
        return checked_watches([Watch.parse(one) for one in stated])


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, where it belongs, and whether it was carried out."""

    where: str
    plan: Plan
    done: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "where": self.where,
            "done": self.done,
            "changes": list(self.plan.changed),
            "unchanged": [one.written for one in self.plan.unchanged],
            "notes": list(self.plan.notes),
            "sql": self.plan.script,
        }

    def lines(self) -> Iterator[str]:
        """Without the SQL."""
        yield from (f"{one.written} is watched already" for one in self.plan.unchanged)
        yield from self.plan.changed
        if not self.plan.statements:
            yield f"There is nothing to do on {self.where}."
        yield from (f"note: {one}" for one in self.plan.notes)


async def install(request: InstallRequest, *, do: bool) -> Outcome:
    """What it comes to, and where `do`, does it. Raises UsageError, and RefusedError for what cannot be."""
    watches = request.watches
    async with opened_database(request.where) as (opened, connection):
        plan = await plan_install(
            connection,
            watches,
            readers=request.readers,
            invalidators=request.invalidators,
            retain_s=request.retain_s,
            in_use=request.in_use,
        )
        return await _outcome(opened, connection, plan, do=do)


async def remove(where: TargetRequest, tables: Sequence[str], *, do: bool, in_use: bool = False) -> Outcome:
    """As `install`; without tables everything goes."""
    names = tuple(dict.fromkeys(_table(text) for text in tables))
    async with opened_database(where) as (opened, connection):
        return await _outcome(opened, connection, await plan_remove(connection, names, in_use=in_use), do=do)


async def status(where: TargetRequest) -> tuple[str, Status]:
    """Only looks: a protected environment needs no leave. Raises RefusedError."""
    protected = [name for name, one in where.settings.environments.items() if one.protected]
    async with opened_database(replace(where, allow_protected=protected)) as (opened, connection):
        return opened.display, await read_status(connection)


def status_json(where: str, found: Status) -> dict[str, Any]:
    return {
        "where": where,
        "installed": found.standing.installed,
        "retain_s": found.standing.retain_s if found.standing.installed and found.standing.ours else None,
        "ddl_at_once": found.standing.on_ddl,
        "rows": found.held_rows,
        "bytes": found.held_bytes,
        "tables": [
            {
                "table": one.watch.table.written,
                "templates": [str(template) for template in one.watch.templates],
                "drift": list(one.drift) if found.standing.ours else None,
                "outdated": one.outdated if found.standing.ours else None,
            }
            for one in found.installed
        ],
    }


def status_lines(where: str, found: Status) -> Iterator[str]:
    if not found.standing.installed:
        yield f"No changes are written down on {where}: plimsoll cache install"
        return
    tables = f"{counted(len(found.installed), 'table')} watched on {where}"
    if found.held_rows is None or found.held_bytes is None:
        yield tables
        yield "what is kept, and what is not as it was installed, is told to the role that installed it"
    else:
        yield f"{tables}; changelog of {counted(found.held_rows, 'row')} in {format_bytes(found.held_bytes)}"
        yield f"changes are kept for {format_duration(found.standing.retain_s)} at least"
    late = "within about a second, by whoever polls: later than changes of rows, since no superuser installed it"
    told = "in their own transaction" if found.standing.on_ddl else late
    yield f"changes of the schema are told {told}"
    for one in found.installed:
        yield f"  {one.watch}"
        yield from (f"    {line}" for line in one.drift)
        if one.outdated:
            yield "    its triggers are not as this version makes them: plimsoll cache install replaces them"
    if any(one.drift for one in found.installed):
        yield "Until plimsoll cache install is run again, whole families of these tables go about once a second."


def _table(text: str) -> TableName:
    watch = Watch.parse(text)
    if watch.templates:
        raise UsageError(
            "a table is removed with all its templates", why=repr(text[:80]), remedy=f"--table {watch.table.written}"
        )
    return watch.table


async def _outcome(opened: OpenTarget, connection: asyncpg.Connection, plan: Plan, *, do: bool) -> Outcome:
    if do and plan.statements:
        await carry_out(connection, plan)
    return Outcome(opened.display, plan, done=do and bool(plan.statements))


@asynccontextmanager
async def opened_database(where: TargetRequest) -> AsyncIterator[tuple[OpenTarget, asyncpg.Connection]]:
    """All is done in transactions: a transaction pooler is no obstacle. What is refused becomes RefusedError."""
    async with open_target(where) as opened, connected(opened) as connection:
        try:
            yield opened, connection
        except FOREIGN as error:
            why = opened.database.mask(" ".join(str(error).split()))
            remedy = "connect as the owner of the tables"
            raise RefusedError("the server refused", where=opened.database.display, why=why, remedy=remedy) from error
