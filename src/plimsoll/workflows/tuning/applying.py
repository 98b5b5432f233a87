"""`plimsoll tune apply` and `undo`: what was advised, done on the database or taken back, step by step; and kept, so
that it can be verified."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import Applied, AppliedChange, State
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.settings.masking import mask
from plimsoll.tune.migrating.selecting import UNDER_WAY, ends_all, held_back, is_ours, selected, to_take_back
from plimsoll.tune.migrating.steps import create_steps
from plimsoll.workflows.target import OpenTarget, TargetRequest
from plimsoll.workflows.tuning.apply_checks import Checks, check
from plimsoll.workflows.tuning.apply_live import against_change, live_now
from plimsoll.workflows.tuning.apply_opening import alone, opened_for_changes, watching
from plimsoll.workflows.tuning.apply_record import found_done, index_of, recorded, recorded_back
from plimsoll.workflows.tuning.apply_session import Session, StepError, StoppedError, step_error
from plimsoll.workflows.tuning.counting import count
from plimsoll.workflows.tuning.keeping import Kept, keep_applied, kept
from plimsoll.workflows.tuning.request import KEPT_ROOT, Say
from plimsoll.workflows.tuning.standing import standing


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """`which` names the tuning, None the latest; `only` are numbers of its changes, all of them where it is empty.
    `back`: what was applied is taken back."""

    where: TargetRequest
    which: str | None = None
    only: Sequence[int] = ()
    root: Path = KEPT_ROOT
    back: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that would be done, or, where `advised` is its reverse, taken back: `number` and `id` are those of the
    advice. `against` is why it is not, "" where it is; `steps` each with whether it is done."""

    number: int
    id: str
    advised: Advised
    against: str
    steps: Sequence[tuple[Step, bool]]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do; what cannot be seen to be done (ANALYZE) comes with something else."""
        seen = [done for step, done in self.steps if step.check]
        return bool(seen) and all(seen)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an apply would do, or undo, and where."""

    kept: Kept
    where: str
    changes: Sequence[Planned]
    checks: Checks
    back: bool = False

    @property
    def to_do(self) -> list[Planned]:
        return [one for one in self.changes if not one.against and not one.is_done]


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """`changes` are those of this go; `left` are statements that drop what could not be cleaned up."""

    preview: Preview
    changes: Sequence[AppliedChange]
    left: Sequence[str] = ()
    interrupted: bool = False

    @property
    def failed(self) -> list[AppliedChange]:
        return [one for one in self.changes if one.state in ("failed", "left")]


async def preview(request: ApplyRequest) -> Preview:
    """What would be done; nothing is. Raises RefusedError where it is not this database, or none that takes changes."""
    found, chosen = _asked(request)
    async with opened_for_changes(request.where) as (opened, connection):
        return await _preview(request, found, chosen, opened, connection)


async def apply(request: ApplyRequest, stop: asyncio.Event, say: Say) -> ApplyResult:
    """Does it, change by change; each is kept as soon as it is done. `stop` ends it: what is being built is cancelled
    on the server and dropped. Raises RefusedError where nothing may be done."""
    _asked(request)  # what is wrong is said before anybody connects
    async with opened_for_changes(request.where) as (opened, connection):
        await alone(connection, opened)
        found, chosen = _asked(request)  # nobody else writes its record from here on
        seen = await _preview(request, found, chosen, opened, connection)
        for warning in seen.checks.warnings:
            say(f"note: {warning}")
        record = await _record(seen, connection)
        if record.uncounted and not request.back:
            say(f"note: plimsoll tune verify will not be able to tell all: {record.uncounted}")
        async with watching(opened) as watcher:
            go = _Go(seen, record, Session(connection, watcher, stop, say), say)
            result = await go.run()
            await go.count_from_here(connection)
            return result


def _asked(request: ApplyRequest) -> tuple[Kept, Sequence[tuple[int, Advised]]]:
    """The tuning, and its changes or what takes them back. Raises RefusedError where there is nothing to take back."""
    found = kept(request.root, request.which)
    if not request.back:
        return found, selected(found.tuning, request.only)
    record = found.applied.changes if found.applied is not None else ()
    if not any(map(is_ours, record)):
        raise RefusedError(
            "there is nothing to take back",
            where=str(found.path),
            why="nothing that plimsoll tune apply did of this tuning is in effect",
            remedy="what somebody else did by migration.sql is taken back by undo.sql",
        )
    return found, to_take_back(found.tuning, record, request.only)


async def _preview(
    request: ApplyRequest,
    found: Kept,
    chosen: Sequence[tuple[int, Advised]],
    opened: OpenTarget,
    connection: asyncpg.Connection,
) -> Preview:
    where = opened.database.display
    chosen = chosen if request.back else await _current(connection, chosen)
    checks = await check(connection, found.tuning.database, chosen, back=request.back)
    for why, remedy in checks.refused:
        raise RefusedError("the tuning cannot be applied here", where=where, why=why, remedy=remedy)
    changes: list[Planned] = []
    for number, one in chosen:
        changes.append(await _planned(connection, found, number, one, checks, changes))
    return Preview(found, where, changes, checks, request.back)


async def _planned(
    connection: asyncpg.Connection,
    found: Kept,
    number: int,
    one: Advised,
    checks: Checks,
    before: Sequence[Planned],
) -> Planned:
    """Nothing speaks against what is done already."""
    steps = await standing(connection, one.change.steps)
    planned = Planned(number, found.tuning.advised[number - 1].change.id, one, "", steps)
    if planned.is_done:
        return planned
    left_out = [other.advised.change for other in before if other.against]
    return replace(planned, against=checks.against.get(number, "") or held_back(one.change, left_out))


async def _current(connection: asyncpg.Connection, changes: Sequence[tuple[int, Advised]]) -> list[tuple[int, Advised]]:
    """With steps for the partitions that there are now."""
    wanted = [one for _, one in changes if one.change.index is not None and any(map(_is_whole, one.change.steps))]
    if not wanted:
        return list(changes)
    facts = await read_facts(connection)
    return [(number, _refreshed(one, facts) if one in wanted else one) for number, one in changes]


def _is_whole(step: Step) -> bool:
    return " ON ONLY " in step.sql


def _refreshed(one: Advised, facts: DatabaseFacts) -> Advised:
    index = one.change.index
    if index is None or index.table not in facts.tables:  # said when it is checked
        return one
    return replace(one, change=replace(one.change, steps=create_steps(index, facts)))


async def _record(seen: Preview, connection: asyncpg.Connection) -> Applied:
    """What was applied before is gone on with: the counters of interest are those before all of it. A go that was
    killed may have done more than it could write down."""
    before = seen.kept.applied
    if before is not None and (seen.back or before.done or any(one.is_done for one in seen.changes)):
        return before
    counts = await count(connection, seen.kept.tuning.workload.queries)
    now = datetime.now(UTC)
    tuning = seen.kept.tuning
    return Applied(
        tuning.id, tuning.database, seen.checks.server, now, now, (), counts.counters, uncounted=mask(counts.why)
    )  # fmt: skip


class _Go:
    """One go through the changes."""

    def __init__(self, seen: Preview, record: Applied, session: Session, say: Say) -> None:
        self._seen, self._record, self._session, self._say = seen, record, session, say
        self._changes: list[AppliedChange] = []

    async def run(self) -> ApplyResult:
        interrupted = over = False
        for one in self._seen.changes:
            if interrupted or over:
                self._keep(one, "left", "interrupted" if interrupted else "given up after what failed")
                continue
            began = time.monotonic()
            try:
                await self._change(one)
            except StoppedError:
                interrupted = True
                self._keep(one, "left", "interrupted", time.monotonic() - began)
            except StepError as error:
                over = ends_all(error.sqlstate)
                self._say(f"change {one.number} failed: {error.why}")
                self._keep(one, "failed", error.why, time.monotonic() - began)
        return ApplyResult(self._seen, self._changes, tuple(self._session.left), interrupted)

    async def count_from_here(self, connection: asyncpg.Connection) -> None:
        """What statements took while indexes were built is neither before nor since."""
        if self._seen.back or connection.is_closed() or not any(one.state == "done" for one in self._changes):
            return
        counts = await count(connection, self._seen.kept.tuning.workload.queries)
        self._record = replace(self._record, since=counts.counters, finished_at=datetime.now(UTC))
        keep_applied(self._seen.kept.path, self._record)

    async def _change(self, one: Planned) -> None:
        if one.is_done:
            self._say(f"change {one.number} is done already: {one.advised.change.title}")
            self._keep(one, found_done(self._record.changes, one.id))
            return
        against = one.against or held_back(one.advised.change, self._not_done()) or await self._against_now(one)
        if against:
            self._say(f"change {one.number} is left out: {against}")
            self._keep(one, "left", against)
            return
        self._say(f"change {one.number}: {one.advised.change.title}")
        self._write(self._as(one, "left", UNDER_WAY))
        steps, began = one.advised.change.steps, time.monotonic()
        for at, step in enumerate(steps):
            if await self._session.carry_out(steps, at):
                self._say(f"  done: {step.sql}")
        self._keep(one, "done", seconds=time.monotonic() - began)

    def _not_done(self) -> list[Change]:
        pairs = zip(self._seen.changes, self._changes, strict=False)
        return [one.advised.change for one, became in pairs if became.state in ("failed", "left")]

    async def _against_now(self, one: Planned) -> str:
        """What it was advised for may have gone since the first look, also what was to be built before it."""
        change = one.advised.change
        try:
            live = await live_now(self._session.connection, change)
        except FOREIGN as error:
            raise step_error(error) from error
        return against_change(change, live, back=self._seen.back)

    def _keep(self, one: Planned, state: State, why: str = "", seconds: float = 0.0) -> None:
        done = self._as(one, state, why, seconds)
        self._changes.append(done)
        self._write(done)

    def _as(self, one: Planned, state: State, why: str = "", seconds: float = 0.0) -> AppliedChange:
        change, now = one.advised.change, datetime.now(UTC)
        return AppliedChange(
            one.id, change.title, state, now, round(seconds, 3), mask(why), index_of(one.advised)
        )  # fmt: skip

    def _write(self, done: AppliedChange) -> None:
        record = recorded_back if self._seen.back else recorded
        self._record = replace(self._record, changes=record(self._record.changes, done), finished_at=done.at)
        keep_applied(self._seen.kept.path, self._record)
