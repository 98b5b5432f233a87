"""`plimsoll tune`: from what a database is asked to the few changes that pay, each measured on a copy where that is
wanted. The database itself is only read."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from plimsoll.core.tuning.advice import Advised, Copy, Rejected, Tuning
from plimsoll.core.tuning.proof import Proof
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.tune.building.building import Builds
from plimsoll.tune.building.qualifying import qualified
from plimsoll.tune.choosing.choosing import Choice, uncosted
from plimsoll.tune.cloning.cloning import CloneWish, cloned
from plimsoll.tune.costing.finding import find_costing
from plimsoll.tune.proving.proving import prove
from plimsoll.tune.until import Until, unless
from plimsoll.workflows.target import OpenTarget, connected, open_target
from plimsoll.workflows.tuning.bypassing import less_sure
from plimsoll.workflows.tuning.deciding import Ideas, decide, ideas, with_all_steps
from plimsoll.workflows.tuning.keeping import keep, new_id
from plimsoll.workflows.tuning.looking import Looked, look, refuse_pooled
from plimsoll.workflows.tuning.placing import place_of_clone
from plimsoll.workflows.tuning.refusing import refused
from plimsoll.workflows.tuning.request import Say, TuneRequest

__all__ = ["TuneRequest", "TuneResult", "tune"]

INTERRUPTED = "interrupted before it was chosen"


@dataclass(frozen=True, slots=True)
class TuneResult:
    """The advice, and the directory in which it is kept."""

    tuning: Tuning
    kept: Path


@dataclass(frozen=True, slots=True)
class _Made:
    """What was decided; `words` say how it was searched for."""

    words: str
    advised: Sequence[Advised]
    rejected: Sequence[Rejected]
    together: Proof | None = None
    copy: Copy | None = None
    notes: Sequence[str] = ()


async def tune(request: TuneRequest, stop: asyncio.Event, say: Say) -> TuneResult:
    """Looks, decides, proves if that is asked for, and keeps what came of it. `stop` ends it; what is known by then is
    kept.

    Raises UsageError for what cannot be read, RefusedError where the server does not let us, or nothing was asked.
    """
    began = time.monotonic()
    async with open_target(request.where) as opened:
        try:
            tuning = await _tuned(request, refuse_pooled(opened), stop, say)
        except FOREIGN as error:
            what = "the server refused what a tuning needs"
            raise refused(error, what, opened.database, "see its log") from error
        lifted = (opened.environment.name,) if opened.environment.protected else ()
    named = replace(request.named, allowed=lifted)
    whole = replace(tuning, seconds=time.monotonic() - began, interrupted=stop.is_set(), named=named)
    return TuneResult(whole, keep(whole, request.kept_root))


async def _tuned(request: TuneRequest, opened: OpenTarget, stop: asyncio.Event, say: Say) -> Tuning:
    """The connection is closed before a copy is made: beside a database, nobody may be connected to it."""
    timeout_s = opened.traits.statement_timeout_s
    async with connected(opened) as connection:
        looked = await look(connection, request, timeout_s, stop, say)
        found = ideas(looked)
        if not request.prove:
            costing = await find_costing(connection, None, timeout_s, protected=opened.traits.protected)
            until = Until.within(request.time_s, stop)
            made = _as_reckoned(await decide(looked, found, costing, request.budget_bytes, until, say), found)
    if request.prove:
        minds = asyncio.Event()
        proved = await unless(stop, _proved(request, opened, looked, found, minds, stop, say), minds)
        made = proved or _as_reckoned(uncosted(found.candidates, INTERRUPTED), found)
    return _tuning(request, looked, made)


def _as_reckoned(choice: Choice, found: Ideas) -> _Made:
    advised, rejected = [*choice.chosen, *found.explained], [*choice.rejected, *found.against]
    return _Made(choice.words, advised, rejected, notes=choice.notes)


async def _proved(
    request: TuneRequest,
    opened: OpenTarget,
    looked: Looked,
    found: Ideas,
    minds: asyncio.Event,
    stop: asyncio.Event,
    say: Say,
) -> _Made:
    """From when there is a copy it minds `stop` itself: what was chosen or measured until then stands."""
    timeout_s = opened.traits.statement_timeout_s
    async with AsyncExitStack() as stack:
        clone = await stack.enter_async_context(cloned(opened.database, looked.facts, _wish(request, opened), say))
        clone = replace(clone, role=request.role or clone.role, session=looked.session)
        session = await connect(clone.target, prepared=True)
        stack.push_async_callback(session.close, timeout=2)
        found = replace(found, candidates=await qualified(clone, session, found.candidates))
        builds = Builds(clone, session, until=Until.within(request.time_s, stop))
        costing = await find_costing(session, builds, timeout_s)
        minds.set()
        choice = await decide(looked, found, costing, request.budget_bytes, builds.until, say)
        if stop.is_set():
            return _as_reckoned(choice, found)
        changes = with_all_steps([*choice.chosen, *found.explained], looked.facts)
        await _drop_others(builds, [*changes, *choice.reserve.spare])
        until = Until.within(request.time_s, stop)
        proved = await prove(builds, looked.workload, looked.facts, changes, until, say, choice.reserve)
    decided = {one.change.id for one in proved.advised} | {one.change.id for one in proved.rejected}
    others = [one for one in choice.rejected if one.change.id not in decided]
    rejected = [*proved.rejected, *others, *found.against]
    return _Made(choice.words, proved.advised, rejected, proved.together, clone.copy, [*choice.notes, *proved.notes])


async def _drop_others(builds: Builds, changes: Sequence[Advised]) -> None:
    """A hidden index still makes planning and writing dearer."""
    wanted = {one.change.index for one in changes}
    for index in [one for one in builds.built if one not in wanted]:
        await builds.drop(index)


def _wish(request: TuneRequest, opened: OpenTarget) -> CloneWish:
    return CloneWish(
        place_of_clone(request.clone_on, request.where, opened.database),
        request.clone_bytes_max,
        protected=opened.traits.protected,
        schemas=request.schemas,
        role=request.role,
    )


def _tuning(request: TuneRequest, looked: Looked, made: _Made) -> Tuning:
    now, version = datetime.now(UTC), looked.facts.server_version
    return Tuning(
        id=new_id(now),
        database=looked.facts.database,
        server=f"PostgreSQL {version // 10_000}.{version % 10_000}",
        made_at=now,
        workload=looked.workload,
        advised=with_all_steps([less_sure(one, looked.workload.bypassed) for one in made.advised], looked.facts),
        rejected=made.rejected,
        together=made.together,
        copy=made.copy,
        budget_bytes=request.budget_bytes,
        searched=made.words,
        notes=made.notes,
    )
