"""The proof: changes are made on the copy one after another, in the order of what they promise, each on top of those
that paid; whatever does not pay, or harms an important statement, is rejected with what was measured."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.core.tuning.tempering import replaced_by
from plimsoll.postgres.connecting import connect
from plimsoll.tune.building.building import Builds
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.proving.baseline import baseline
from plimsoll.tune.proving.generic import warned
from plimsoll.tune.proving.indexes import UNUSED, prove_index
from plimsoll.tune.proving.joined import prove_joined, share_of
from plimsoll.tune.proving.narrowing import narrow_last
from plimsoll.tune.proving.playing import Until
from plimsoll.tune.proving.proved import Proved
from plimsoll.tune.proving.rewriting import measurable, prove_rewrite
from plimsoll.tune.proving.running import Running
from plimsoll.tune.proving.schedule import kept_s, limit_s
from plimsoll.tune.proving.sides import Switch
from plimsoll.tune.proving.state import NOT_MEASURED, Outcome, Proving, accepted
from plimsoll.tune.proving.together import all_together, without_superfluous
from plimsoll.tune.proving.touching import kinship
from plimsoll.tune.proving.tunables import prove_tunable
from plimsoll.tune.proving.vacuuming import fired

# Kinds that are measured, in this order: what others may do without comes after them.
_ORDER: Final = {"create-index": 0, "statistics": 1, "setting": 2, "drop-index": 3, "rewrite": 4}
Say = Callable[[str], None]


async def prove(
    clone: Clone,
    builds: Builds,
    workload: QueryWorkload,
    facts: DatabaseFacts,
    changes: Sequence[Advised],
    time_s: float,
    stop: asyncio.Event,
    say: Say,
    *,
    spare: Sequence[Advised] = (),
) -> Proved:
    """Within about `time_s`; what was not measured until then, or until `stop`, is rejected as that. Indexes that are
    rejected are dropped on the copy, and the others hidden again. `spare` are indexes that would do instead of others:
    each is looked at where one for the same statements has failed."""
    whole = Until(monotonic() + time_s, stop)
    measured = sorted(filter(_can_be_measured, changes), key=_promise)
    others = [one for one in changes if not _can_be_measured(one)]
    connection = await connect(clone.target)
    try:
        switch = Switch(builds, connection)
        say(f"executing {len(workload.queries)} statements on the copy as it is")
        bench, notes = await baseline(Running(clone, connection, limit_s(time_s)), switch, workload, whole)
        bench.workload = replace(bench.workload, replaced=replaced_by(changes))
        kin = kinship(facts.schema, await fired(connection))
        most = replace(whole, end=whole.end - kept_s(time_s, bench.workload.round_s))
        proving = Proving(bench, facts, most, say, kin, left_out=workload.left_out)
        created = [one for one in measured if one.change.kind == "create-index"]
        for number, one in enumerate(measured):
            if number == len(created):
                await _prove_instead(proving, spare, workload)
            if not most.over:
                say(f"proving {number + 1} of {len(measured)}: {one.change.title}")
            await _prove_one(proving, one, len(measured) - number, workload)
        if len(created) == len(measured):
            await _prove_instead(proving, spare, workload)
        await without_superfluous(proving)
        proving.until = whole
        together = await all_together(proving)
        await switch.wake()
        await builds.show(frozenset())
    finally:
        await connection.close(timeout=2)
    return Proved([*proving.accepted, *others], proving.rejected, together, notes)


def _can_be_measured(one: Advised) -> bool:
    match one.change.kind:
        case "rewrite":
            return bool(one.change.after)
        case "setting":
            return {"setting", "proposed"} <= one.change.details.keys()
        case "statistics":
            return bool(one.change.steps)
    return one.change.kind in _ORDER


def _promise(one: Advised) -> int:
    """What is proved first; of one kind, as they come: those that save most."""
    return _ORDER[one.change.kind]


async def _prove_one(proving: Proving, one: Advised, left: int, workload: QueryWorkload) -> None:
    """Accepts or rejects it; what comes first has more of the time, for it promises most."""
    until, change = proving.until, one.change
    if until.over:
        _unmeasured(proving, one)
        return
    if change.index in proving.side.indexes:  # in place of a wider one
        return
    own = replace(until, end=monotonic() + until.left_s * 2 / (left + 1))
    found = await _outcome(proving, change, own, workload)
    if found is not None:
        proving.say(said(found))
    if found is None:
        proving.accepted.append(one)
        return
    if found.why == NOT_MEASURED:
        _unmeasured(proving, one)
    elif found.why == UNUSED:
        proving.idle.append(one)
    elif found.proof is None or found.why:
        await proving.reject(one, found.why, found.proof)
    else:
        proving.accept(one, found)
        await narrow_last(proving)
        await _warn_last(proving)


async def _prove_instead(proving: Proving, spare: Sequence[Advised], workload: QueryWorkload) -> None:
    """After the last index: those that are of no use one by one, and what would do instead of what has failed."""
    await _prove_idle(proving, workload)
    failed = _served(one.change for one in proving.rejected) - _served(one.change for one in proving.accepted)
    wanted = [one for one in spare if failed & _served([one.change])] if not proving.until.over else []
    for number, one in enumerate(wanted):
        proving.say(f"proving what would do instead: {one.change.title}")
        await _prove_one(proving, one, len(wanted) - number, workload)
    await _prove_idle(proving, workload)


def _served(changes: Iterable[Change]) -> set[tuple[str, str]]:
    """Tables on which indexes are created, each with the statements that they are for."""
    return {(one.subject, query) for one in changes if one.kind == "create-index" for query in one.queries}


async def _warn_last(proving: Proving) -> None:
    """Of the index that was accepted last, by which statements it is not used however they are sent."""
    one = proving.accepted[-1]
    if one.change.index is not None and one.proof is not None:
        proof = await warned(proving, one.change.index, one.proof)
        proving.accepted[-1] = replace(one, proof=proof)


async def _prove_idle(proving: Proving, workload: QueryWorkload) -> None:
    """Accepts or rejects those together that are of no use one by one."""
    found = await prove_joined(proving) if proving.idle else None
    if found is None:
        return
    partners, proof = found
    for one in partners:
        made = accepted(one, share_of(proof, one, proving, partners))
        proving.accepted.append(replace(made, saved_share=made.saved_share / len(partners)))


def said(found: Outcome) -> str:
    """To whoever waits."""
    if found.why == UNUSED:
        return "  no plan uses it by itself"
    if found.proof is None or found.why:
        return f"  not advised: {found.why}"
    saved, whole = found.proof.saved_ms.value, found.proof.before_ms
    return f"  saves {saved / whole:.0%} of the workload's time" if whole and saved > 0 else "  advised"


def _unmeasured(proving: Proving, one: Advised) -> None:
    """An index has to be measured; what stands on its reason stands as before."""
    if one.standing == "explained" and one.change.kind not in ("create-index", "drop-index"):
        proving.accepted.append(one)
    else:
        proving.rejected.append(Rejected(one.change, NOT_MEASURED))


async def _outcome(proving: Proving, change: Change, until: Until, workload: QueryWorkload) -> Outcome | None:
    """None of what turns out not to be measurable: it stands on its reason, as before."""
    if change.kind in ("setting", "statistics"):
        return await prove_tunable(proving, change, until)
    if change.kind != "rewrite":
        return await prove_index(proving, change, until)
    query = measurable(proving, change)
    return await prove_rewrite(proving, change, query, until) if query is not None else None
