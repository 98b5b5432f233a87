"""`plimsoll tune verify`: what the server has counted since a tuning was applied against what it had counted before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.applied import Applied, AppliedIndex, Counted, Counters
from plimsoll.core.tuning.verified import IndexVerified, Verified
from plimsoll.core.units import format_duration
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.tune.verifying.comparing import STEADY, Compared, compared, outcome_of
from plimsoll.tune.verifying.means import since
from plimsoll.workflows.target import TargetRequest, connected, open_target
from plimsoll.workflows.tuning.counting import Count, Uses, count, uses
from plimsoll.workflows.tuning.keeping import Kept, kept
from plimsoll.workflows.tuning.masking import masked
from plimsoll.workflows.tuning.request import KEPT_ROOT

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
        except FOREIGN as error:
            why = opened.database.mask(" ".join(str(error).split()))
            raise RefusedError("the counters cannot be read", where=opened.database.display, why=why) from error
    return verified(found, applied, now, scans)


def verified(found: Kept, applied: Applied, now: Count, scans: Mapping[AppliedIndex, Uses]) -> Verified:
    """Of what was counted. Pure."""
    tuning, done, built = masked(found.tuning), [one.id for one in applied.done], indexes_of(applied, scans)
    untold = _untold(applied, now)
    if untold or applied.counters is None or now.counters is None:
        started, at = applied.finished_at, applied.finished_at
        return Verified(tuning.id, applied.database, started, at, 0.0, "unclear", untold, indexes=built)
    start = applied.since or applied.counters
    seconds = max(0.0, (now.counters.at - start.at).total_seconds())
    what = compared(tuning, done, applied.counters.statements, counted_since(start, now.counters))
    outcome, why = outcome_of(what)
    notes = (*filter(None, [mask(now.why)]), *_notes(applied, now.counters, what, seconds, built))
    return Verified(
        tuning.id, applied.database, start.at, now.counters.at, seconds, outcome, why, what.saved, what.promised,
        what.others, what.queries, built, notes,
    )  # fmt: skip


def indexes_of(applied: Applied, scans: Mapping[AppliedIndex, Uses]) -> tuple[IndexVerified, ...]:
    """Those that were built, each with its use."""
    found = ((one, one.index) for one in applied.done if one.index is not None)
    return tuple(
        IndexVerified(index.name, one.id, scans[index].scans, scans[index].valid)
        for one, index in found
        if index in scans
    )


def _applied(found: Kept) -> Applied:
    if found.applied is None or not found.applied.done:
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
    if all(one.state != "done" for one in applied.changes):
        return (
            "all of it was there before plimsoll tune apply looked, so that what was counted before is not without it"
        )
    return ""


def counted_since(start: Counters, now: Counters) -> dict[str, Counted]:
    """What was counted from a time on; all there is where the counters began anew after it."""
    first = {} if (now.since or start.at) > start.at else start.statements
    return {name: since(first.get(name, Counted(0, 0.0)), one) for name, one in now.statements.items()}


def _notes(
    applied: Applied, now: Counters, what: Compared, seconds: float, built: Sequence[IndexVerified]
) -> Iterator[str]:
    """What else may have changed, or was not seen."""
    before = applied.counters
    if before is not None and before.since is not None:
        yield f"before is what was counted from {before.since:%Y-%m-%d %H:%M} on, when the counters began"
    if seconds < SHORT_S:
        yield f"it has served for {format_duration(seconds)} only: caches may be cold yet, and the day has other hours"
    yield from _others_words(what.others)
    if before is not None and now.evicted > before.evicted:
        yield "the server has dropped counters to make room, so that calls are missing: pg_stat_statements.max is low"
    for one in built:
        if one.scans is None:
            yield f"index {one.name} is not there any more"
    failed = [one for one in applied.changes if one.state in ("failed", "left")]
    if failed:
        yield mask(f"of the changes {len(failed)} were not made: {failed[0].title}")


def _others_words(others: float | None) -> Iterator[str]:
    if others is None:
        yield "too few statements are left that no change is for, to tell whether load, cache or data have changed, too"
    elif abs(others - 1) > STEADY:
        yield (
            f"statements that no change is for take {others:.2g} times as long as before: something else has changed, "
            "too (load, cache, data, settings)"
        )
