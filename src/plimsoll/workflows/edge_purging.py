"""`plimsoll edge install`, `remove`, `status`, `purge`, `purger`, `retry`: the outbox of purges, and who empties it."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import asyncpg

from plimsoll.changes.installing import carry_out
from plimsoll.changes.planning import Plan
from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError
from plimsoll.core.units import format_duration
from plimsoll.edge.providers.choosing import KNOWN, able, providers_of
from plimsoll.edge.providers.provider import Acknowledged, Batch, Provider
from plimsoll.edge.purge.installing import plan_install, plan_remove
from plimsoll.edge.purge.outbox import Backlog, Parked, ask, read_backlog, read_parked, retry_parked
from plimsoll.edge.purge.purger import Purger
from plimsoll.edge.purge.wish import Kind, Wish
from plimsoll.postgres.connecting import connect
from plimsoll.settings.masking import mask
from plimsoll.workflows.cache_changes import Outcome, opened_database
from plimsoll.workflows.target import OpenTarget, TargetRequest, open_target

LATE_S: Final = 60.0  # a row that waits for longer is no good sign, nor a changelog that nobody has read for so long
PARKED_SHOWN_MAX: Final = 20
_MISSING: Final = (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError)


@dataclass(frozen=True, slots=True)
class Status:
    """`backlogs` None: there is no outbox. `parked` None: this role may not see them."""

    where: str
    backlogs: tuple[Backlog, ...] | None
    parked: tuple[Parked, ...] | None = ()

    @property
    def is_well(self) -> bool:
        return bool(self.backlogs) and not any(
            one.parked or one.trouble or (one.oldest_s or 0) > LATE_S or (one.read_s or 0) > LATE_S
            for one in self.backlogs or ()
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, of whom, and of who cannot do it, by which kinds."""

    where: str
    wishes: tuple[Wish, ...]
    providers: tuple[str, ...]
    unable: Mapping[str, Sequence[Kind]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        wishes = [{"kind": one.kind.value, "what": one.what, "hard": one.hard} for one in self.wishes]
        return {
            "where": self.where,
            "purges": wishes,
            "providers": list(self.providers),
            "unable": {name: [kind.value for kind in kinds] for name, kinds in self.unable.items()},
        }

    def lines(self) -> Iterator[str]:
        reach = "hard" if self.wishes[0].hard else "soft"
        yield f"{counted(len(self.wishes), 'purge')} ({reach}) asked of {', '.join(self.providers)}, in {self.where}"
        for name, kinds in self.unable.items():
            yield f"note: {name} cannot purge by {' or '.join(kinds)}: that was not asked of it"


async def install(
    where: TargetRequest,
    providers: Sequence[str],
    purgers: Sequence[str],
    invalidators: Sequence[str],
    *,
    do: bool,
) -> Outcome:
    """What it comes to, and where `do`, does it. Raises UsageError, and RefusedError for what cannot be."""
    async with opened_database(where) as (opened, connection):
        plan = await plan_install(connection, providers, purgers=purgers, invalidators=invalidators)
        return await _carried_out(opened, connection, plan, do=do)


async def remove(where: TargetRequest, providers: Sequence[str], *, do: bool) -> Outcome:
    """As `install`; without providers everything goes."""
    async with opened_database(where) as (opened, connection):
        return await _carried_out(opened, connection, await plan_remove(connection, providers), do=do)


async def status(where: TargetRequest) -> Status:
    """Only looks: a protected environment needs no leave. Raises RefusedError."""
    protected = [name for name, one in where.settings.environments.items() if one.protected]
    async with opened_database(replace(where, allow_protected=protected)) as (opened, connection):
        try:
            async with connection.transaction(readonly=True):
                backlogs = await read_backlog(connection)
        except _MISSING:
            return Status(opened.display, None)
        try:
            async with connection.transaction(readonly=True):
                parked = await read_parked(connection, PARKED_SHOWN_MAX)
        except asyncpg.InsufficientPrivilegeError:
            return Status(opened.display, backlogs, None)
        return Status(opened.display, backlogs, parked)


def status_json(found: Status) -> dict[str, Any]:
    return {
        "where": found.where,
        "installed": found.backlogs is not None,
        "well": found.is_well,
        "providers": [asdict(one) for one in found.backlogs or ()],
        "parked": None if found.parked is None else [one._asdict() for one in found.parked],
    }


def status_lines(found: Status) -> Iterator[str]:
    if found.backlogs is None:
        yield f"No purges are kept on {found.where}: plimsoll edge install --provider local"
        return
    read_s = found.backlogs[0].read_s if found.backlogs else None
    yield f"purges of {found.where}; the changelog was read {_ago(read_s)}"
    if (read_s or 0) > LATE_S:
        yield "nobody reads it: is a plimsoll edge purger running? What it keeps no more makes everything be purged"
    for one in found.backlogs:
        lag = "" if one.oldest_s is None else f", the oldest since {format_duration(one.oldest_s)}"
        sent = f", {one.leased:,} being sent" if one.leased else ""
        yield f"  {one.provider}: {counted(one.waiting, 'purge')} waiting{lag}{sent}"
        if one.trouble:
            rest = f"; asked again in {format_duration(one.resume_s)}" if one.resume_s else ""
            yield f"    it said: {one.trouble}{rest}"
        if one.parked:
            yield f"    {counted(one.parked, 'purge')} refused and parked: plimsoll edge retry when that is mended"
    for row in found.parked or ():
        yield f"  parked for {row.provider}: {row.kind} {row.what}: {row.error}"


async def where_asked(where: TargetRequest) -> str:
    """The database in which `purge` would write. Raises as that."""
    async with opened_database(where) as (opened, _):
        return opened.display


async def purge(where: TargetRequest, wishes: Sequence[Wish]) -> Asked:
    """Writes them into the outbox. Raises UsageError, and RefusedError where that is not allowed or not there."""
    async with opened_database(where) as (opened, connection), connection.transaction():
        try:
            return await asked_in(connection, opened.display, wishes)
        except NoOutboxError:
            why = "there is no outbox in this database"
            raise RefusedError("nothing was asked for", why=why, remedy="plimsoll edge install, or --edge") from None


class NoOutboxError(Exception):
    """This database has no outbox."""


async def asked_in(connection: asyncpg.Connection, where: str, wishes: Sequence[Wish]) -> Asked:
    """Within a transaction. Raises NoOutboxError, and RefusedError where it is not allowed or nobody can do it."""
    try:
        names = [one.provider for one in await read_backlog(connection)]
        asked: dict[str, None] = {}
        unable: dict[str, list[Kind]] = {}
        for kind in dict.fromkeys(one.kind for one in wishes):
            can, cannot = able(names, kind)
            for name in cannot:
                unable.setdefault(name, []).append(kind)
            if can:
                asked |= dict.fromkeys(can)
                await ask(connection, [one for one in wishes if one.kind is kind], can)
    except _MISSING:
        raise NoOutboxError from None
    except asyncpg.InsufficientPrivilegeError:
        why, remedy = "this role may not", "plimsoll edge install --invalidator ROLE"
        raise RefusedError("nothing was asked for", why=why, remedy=remedy) from None
    if not asked:
        why = f"none of {', '.join(names) or 'no provider'} can purge by {', '.join(one.kind for one in wishes)}"
        raise RefusedError("nothing was asked for", why=why, remedy="purge by --tag, --url or --all")
    return Asked(where, tuple(wishes), tuple(asked), unable)


async def purge_edges(edges: Sequence[str], environ: Mapping[str, str], wishes: Sequence[Wish]) -> Asked:
    """Tells edges at once, without an outbox: what they do not acknowledge is lost, and said. Raises RefusedError."""
    (local,) = providers_of(["local"], environ, edges)
    try:
        for batch in _batches(local, wishes):
            outcome = await local.purge(batch)
            if not isinstance(outcome, Acknowledged):
                remedy = "try again; an outbox does that by itself: plimsoll edge install"
                raise RefusedError("not all of it was purged", why=outcome.why, remedy=remedy)
    finally:
        await local.close()
    return Asked(", ".join(edges), tuple(wishes), ("local",))


async def retry(where: TargetRequest, provider: str | None) -> tuple[str, int]:
    """What is parked waits again; where, and how many that are. Raises RefusedError."""
    async with opened_database(where) as (opened, connection), connection.transaction():
        try:
            return opened.display, await retry_parked(connection, provider)
        except _MISSING:
            why = "there is no outbox in this database"
            raise RefusedError("nothing can be tried again", why=why, remedy="plimsoll edge install") from None


async def purging(
    where: TargetRequest,
    names: Sequence[str],
    edges: Sequence[str],
    stop: asyncio.Event,
    say: Callable[[str], None],
) -> None:
    """Empties the outbox until it is told to stop. Without names: for all of the outbox's providers that are known.

    Raises UsageError for credentials that are missing, RefusedError where there is no outbox.
    """
    async with opened_database(where) as (opened, connection), connection.transaction(readonly=True):
        outbox = await _registered(connection)
    chosen = _chosen(outbox, names)

    def tell(line: str) -> None:
        """What drivers and providers say may hold a secret."""
        say(mask(line))

    providers = providers_of(chosen, where.environ, edges)
    rest = [one for one in outbox if one not in chosen]
    tell(f"purging at {', '.join(chosen)} what is written down in {opened.display}")
    if rest:
        tell(f"not at {', '.join(rest)}: what is asked of these waits for a purger that serves them")
    async with open_target(where) as target:

        async def open_connection() -> asyncpg.Connection:
            return await connect(target.database, prepared=target.traits.prepared)

        name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        purger = Purger(open_connection, providers, name=name, say=tell)
        try:
            await purger.run(stop)
        finally:
            for provider in providers:
                await provider.close()
        done = purger.counts
        tell(f"ended: {counted(done.purges, 'purge')} acknowledged in {counted(done.acknowledged, 'call')}")


async def _registered(connection: asyncpg.Connection) -> tuple[str, ...]:
    try:
        return tuple(one.provider for one in await read_backlog(connection))
    except _MISSING:
        why = "there is no outbox in this database"
        raise RefusedError("there is nothing to empty", why=why, remedy="plimsoll edge install") from None
    except asyncpg.InsufficientPrivilegeError:
        raise RefusedError(
            "the outbox cannot be emptied", why="this role may not", remedy="plimsoll edge install --purger ROLE"
        ) from None


def _chosen(outbox: Sequence[str], names: Sequence[str]) -> list[str]:
    missing = [one for one in names if one not in outbox]
    if missing:
        why = f"the outbox is for {', '.join(outbox)}, and not for {', '.join(missing)}"
        raise RefusedError(
            "there is nothing to empty", why=why, remedy=f"plimsoll edge install --provider {missing[0]}"
        )
    return list(dict.fromkeys(names)) or [one for one in outbox if one in KNOWN]


def _batches(provider: Provider, wishes: Sequence[Wish]) -> Iterator[Batch]:
    for kind, hard in dict.fromkeys((one.kind, one.hard) for one in wishes):
        whats = list(dict.fromkeys(one.what for one in wishes if (one.kind, one.hard) == (kind, hard)))
        most = provider.limits.batch[kind]
        for at in range(0, len(whats), most):
            yield Batch(kind, tuple(whats[at : at + most]), hard)


def _ago(seconds: float | None) -> str:
    return "at a time that is not known" if seconds is None else f"{format_duration(seconds)} ago"


async def _carried_out(opened: OpenTarget, connection: asyncpg.Connection, plan: Plan, *, do: bool) -> Outcome:
    if do and plan.statements:
        await carry_out(connection, plan)
    return Outcome(opened.display, plan, done=do and bool(plan.statements))
