"""`plimsoll tune verify`: what the server has counted since a tuning was applied against what it had counted before."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.applied import Applied, AppliedChange, AppliedIndex, Counted, Counters
from plimsoll.core.tuning.verified import IndexVerified, Outcome, Verified
from plimsoll.core.units import format_duration
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.tune.verifying.comparing import STEADY, Compared, compared, outcome_of
from plimsoll.tune.verifying.means import since
from plimsoll.workflows.target import TargetRequest, connected, open_target
from plimsoll.workflows.tuning.counting import Count, Uses, count, uses
from plimsoll.workflows.tuning.keeping import Kept, kept
from plimsoll.workflows.tuning.masking import masked
from plimsoll.workflows.tuning.refusing import refused
from plimsoll.workflows.tuning.request import KEPT_ROOT
from plimsoll.workflows.tuning.standing import standing

NAMED: Final = 3  # changes in a note
SHORT_S: Final = 3600.0  # caches and the day's course need longer


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """`which` names the tuning, None the latest."""

    where: TargetRequest
    which: str | None = None
    root: Path = KEPT_ROOT


async def verify(request: VerifyRequest) -> Verified:
    """Reads counters; nothing else is done. Raises RefusedError where nothing was applied, or not here."""
    found = kept(request.root, request.which)
    applied = _applied(found)
    async with open_target(request.where) as opened, connected(opened) as connection:
        try:
            name = await connection.fetchval("SELECT current_database()::text")
            if name != applied.database.rpartition("/")[2]:
                raise _elsewhere(applied, name)
            now = await count(connection, found.tuning.workload.queries)
            scans = await uses(connection, [one.index for one in applied.done if one.index is not None])
            gone = {one.id for one in applied.done if not await _stands(connection, one, found.tuning, scans)}
        except FOREIGN as error:
            raise refused(error, "the counters cannot be read", opened.database, "see the server's log") from error
    return verified(found, without(applied, gone), now, scans)


async def _stands(
    connection: asyncpg.Connection, one: AppliedChange, tuning: Tuning, scans: Mapping[AppliedIndex, Uses]
) -> bool:
    """Whether a change is in effect yet. Of what has a step for each partition one that stands is enough: they go."""
    if one.index is not None:
        return scans[one.index].scans is not None
    steps = (step for advised in tuning.advised if advised.change.id == one.id for step in advised.change.steps)
    seen = await standing(connection, [step for step in steps if step.check])
    return not seen or any(done for _, done in seen)


def without(applied: Applied, gone: Collection[str]) -> Applied:
    """The record with what somebody has taken back since. Pure."""
    changes = [replace(one, state="taken-back") if one.id in gone else one for one in applied.changes]
    return replace(applied, changes=changes)


def verified(found: Kept, applied: Applied, now: Count, scans: Mapping[AppliedIndex, Uses]) -> Verified:
    """Of what was counted. Pure."""
    tuning, done, built = masked(found.tuning), [one.id for one in applied.done], indexes_of(applied, scans)
    untold = _untold(applied, now)
    if not done or untold or applied.counters is None or now.counters is None:
        outcome: Outcome = "unclear" if done else "taken-back"
        why = untold if done else f"of {counted(len(applied.taken_back), 'change')} applied none is in effect"
        return Verified(
            tuning.id, applied.database, _applied_at(applied), applied.finished_at, 0.0, outcome, why, indexes=built,
            taken_back_at=None if done else _taken_back_at(found.applied),
        )  # fmt: skip
    start = applied.since or applied.counters
    seconds = max(0.0, (now.counters.at - start.at).total_seconds())
    before, later = _evictions(applied.counters, now.counters)
    what = compared(
        tuning, done, applied.counters.statements, counted_since(start, now.counters), (before > 0, later > 0)
    )
    outcome, why = outcome_of(what)
    notes = (*filter(None, [mask(now.why)]), *_notes(applied, now.counters, what, seconds))
    return Verified(
        tuning.id, applied.database, start.at, now.counters.at, seconds, outcome, why, what.saved, what.promised,
        what.others, what.queries, built, notes,
    )  # fmt: skip


def _applied_at(applied: Applied) -> datetime:
    """The end of applying it; the last go may have taken it back."""
    if applied.since is not None:
        return applied.since.at
    return applied.began_at if applied.taken_back else applied.finished_at


def _taken_back_at(record: Applied | None) -> datetime | None:
    """When we did; what somebody else took back has no time."""
    return max((one.at for one in record.taken_back), default=None) if record is not None else None


def indexes_of(applied: Applied, scans: Mapping[AppliedIndex, Uses]) -> tuple[IndexVerified, ...]:
    """Those that were built, each with its use."""
    found = ((one, one.index) for one in (*applied.done, *applied.taken_back) if one.index is not None)
    return tuple(
        IndexVerified(index.name, one.id, scans[index].scans, scans[index].valid)
        for one, index in found
        if index in scans
    )


def _applied(found: Kept) -> Applied:
    if found.applied is None or not (found.applied.done or found.applied.taken_back):
        raise RefusedError(
            "there is nothing to verify",
            where=str(found.path),
            why="nothing of this tuning was applied by plimsoll tune apply, so that it is not known what was before",
            remedy=f"plimsoll tune apply {found.id}",
        )
    return found.applied


def _elsewhere(applied: Applied, name: str) -> RefusedError:
    return RefusedError(
        "this is another database",
        why=f"the tuning was applied to {applied.database}, and this is {name}",
        remedy="connect to the one that it was applied to",
    )


def _untold(applied: Applied, now: Count) -> str:
    """Why nothing can be compared; "" where it can."""
    if applied.counters is None:
        return f"nothing was counted before it was applied: {applied.uncounted}"
    if now.counters is None:
        return f"nothing is counted now: {now.why}"
    if all(one.state != "done" for one in applied.done):
        return (
            "all of it was there before plimsoll tune apply looked, so that what was counted before is not without it"
        )
    return ""


def counted_since(start: Counters, now: Counters) -> dict[str, Counted]:
    """What was counted from a time on; all there is where the counters began anew after it."""
    first = {} if (now.since or start.at) > start.at else start.statements
    return {name: since(first.get(name, Counted(0, 0.0)), one) for name, one in now.statements.items()}


def _evictions(before: Counters, now: Counters) -> tuple[int, int]:
    """How often, before and since; a reset begins that count anew, too."""
    is_reset = now.since is not None and now.since > before.at
    return before.evicted, now.evicted if is_reset else max(0, now.evicted - before.evicted)


def _notes(applied: Applied, now: Counters, what: Compared, seconds: float) -> Iterator[str]:
    """What else may have changed, or was not seen."""
    before = applied.counters
    if before is not None and before.since is not None:
        yield f"before is what was counted from {before.since:%Y-%m-%d %H:%M} on, when the counters began"
    if seconds < SHORT_S:
        yield f"it has served for {format_duration(seconds)} only: caches may be cold yet, and the day has other hours"
    yield from _others_words(what.others)
    evicted = _evictions(before, now) if before is not None else (0, 0)
    if any(evicted):
        yield (
            f"the server has dropped counters to make room ({evicted[0]} times before, {evicted[1]} since), so that "
            "calls are missing: pg_stat_statements.max is low"
        )
    failed = [one for one in applied.changes if one.state in ("failed", "left")]
    for some, became in ((failed, "not made"), (applied.taken_back, "taken back")):
        if some:
            yield mask(f"{counted(len(some), 'change')} {became}: {', '.join(one.title for one in some[:NAMED])}")


def _others_words(others: float | None) -> Iterator[str]:
    if others is None:
        yield "too few statements are left that no change is for, to tell whether load, cache or data have changed, too"
    elif abs(others - 1) > STEADY:
        yield (
            f"statements that no change is for take {others:.2g} times as long as before: something else has changed, "
            "too (load, cache, data, settings)"
        )
