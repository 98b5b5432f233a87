"""The proof: changes are made on the copy one after another, in the order of what they promise, each on top of those
that paid; whatever does not pay, or harms an important statement, is rejected with what was measured."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.core.tuning.tempering import replaced_by
from plimsoll.postgres.connecting import connect
from plimsoll.tune.building.building import Builds
from plimsoll.tune.proving.baseline import baseline
from plimsoll.tune.proving.counted import told_otherwise
from plimsoll.tune.proving.failing import CopyLost, tried
from plimsoll.tune.proving.generic import warn_last
from plimsoll.tune.proving.indexes import UNUSED, prove_index
from plimsoll.tune.proving.joined import prove_joined, share_of
from plimsoll.tune.proving.narrowing import narrow_last, without_useless_columns
from plimsoll.tune.proving.promised import borne_out, doubts
from plimsoll.tune.proving.proved import Proved
from plimsoll.tune.proving.rewriting import prove_rewrite
from plimsoll.tune.proving.running import Running
from plimsoll.tune.proving.schedule import kept_s, limit_s
from plimsoll.tune.proving.sides import Switch
from plimsoll.tune.proving.state import Outcome, Proving, accepted
from plimsoll.tune.proving.together import all_together, without_superfluous
from plimsoll.tune.proving.touching import kinship
from plimsoll.tune.proving.tunables import prove_tunable
from plimsoll.tune.proving.vacuuming import fired
from plimsoll.tune.reserve import Reserve
from plimsoll.tune.until import Until

# Kinds that are measured, in this order: what others may do without comes after them.
_ORDER: Final = {"create-index": 0, "statistics": 1, "setting": 2, "drop-index": 3, "rewrite": 4}
NO_RESERVE: Final = Reserve()
Say = Callable[[str], None]


async def prove(
    builds: Builds,
    workload: QueryWorkload,
    facts: DatabaseFacts,
    changes: Sequence[Advised],
    until: Until,
    say: Say,
    reserve: Reserve = NO_RESERVE,
) -> Proved:
    """On the copy of `builds`. What was not measured in time is rejected as that. Indexes that are rejected are dropped
    on the copy, and the others hidden again."""
    time_s, clone, builds.until = until.left_s, builds.clone, until
    measured = sorted(filter(_can_be_measured, changes), key=promise)
    others = [one for one in changes if not _can_be_measured(one)]
    connection = await connect(clone.target)
    try:
        switch = Switch(builds, connection)
        say(f"executing {len(workload.queries)} statements on the copy as it is")
        began = monotonic()
        bench, notes = await baseline(Running(clone, connection, limit_s(time_s)), switch, workload, until)
        kept = kept_s(time_s, monotonic() - began)
        bench.workload = replace(bench.workload, replaced=replaced_by(changes))
        kin = kinship(facts.schema, await fired(connection))
        most = replace(until, end=until.end - kept)
        proving = Proving(bench, facts, most, say, kin, left_out=workload.left_out)
        together, failed = await _measured(proving, measured, reserve, until)
    finally:
        await connection.close(timeout=2)
    trusted = told_otherwise(borne_out(proving.accepted, together), workload.queries)
    advised = [*in_order(trusted), *others]
    return Proved(advised, proving.rejected, together, [*notes, *failed, *doubts(proving.accepted, together)])


async def _measured(
    proving: Proving, measured: Sequence[Advised], reserve: Reserve, until: Until
) -> tuple[Proof | None, list[str]]:
    """One by one, and what pays together; with what is to be said of what failed."""
    together: Proof | str | None = None
    try:
        await _prove_all(proving, measured, reserve)
        said = [await tried(proving, without_superfluous(proving))]
        proving.until = until
        together = await tried(proving, all_together(proving))
        said += [f"all changes together were not measured: {together}"] if isinstance(together, str) else []
        said += [await tried(proving, _put_back(proving))]
    except CopyLost as lost:
        said = [f"{lost}: what was measured until then stands"]
        _leave(proving, measured, str(lost))
    return None if isinstance(together, str) else together, [one for one in said if one is not None]


async def _put_back(proving: Proving) -> None:
    """The copy as it was."""
    switch = proving.bench.switch
    await switch.wake()
    await switch.builds.show(frozenset())


async def _prove_all(proving: Proving, measured: Sequence[Advised], reserve: Reserve) -> None:
    """One after another; what would do instead of indexes that fail, or in their room, comes right after these."""
    created = sum(one.change.kind == "create-index" for one in measured)
    for number, one in enumerate(measured):
        if number == created:
            await _prove_reserve(proving, reserve)
        if not proving.until.over:
            proving.say(f"proving {number + 1} of {len(measured)}: {one.change.title}")
        await _prove_one(proving, one, len(measured) - number)
    if created == len(measured):
        await _prove_reserve(proving, reserve)


def in_order(proved: Sequence[Advised]) -> list[Advised]:
    """The most useful first; what is dropped after what may stand in for it."""
    return sorted(proved, key=lambda one: (one.change.kind == "drop-index", -one.saved_share))


def _can_be_measured(one: Advised) -> bool:
    match one.change.kind:
        case "drop-index":  # one that was never finished is no index that anything was slower without
            return one.change.existing is not None and one.change.existing.valid
        case "rewrite":
            return bool(one.change.after)
        case "setting":
            return {"setting", "proposed"} <= one.change.details.keys()
        case "statistics":
            return bool(one.change.steps)
    return one.change.kind in _ORDER


def promise(one: Advised) -> tuple[int, bool]:
    """What is proved first; of one kind, as they come: those that save most. Duplicates are dropped before what others
    cover: beside its double nothing is missed."""
    return _ORDER[one.change.kind], one.change.form != "duplicate"


async def _prove_one(proving: Proving, one: Advised, left: int) -> None:
    """Accepts or rejects it; what comes first has more of the time, for it promises most, and up to half of it where it
    could not be told otherwise."""
    if proving.until.over:
        _unmeasured(proving, one, "")
        return
    if one.change.index in proving.side.indexes:  # in place of a wider one
        return
    failed = await tried(proving, _decide(proving, one, proving.until.part(2 / (left + 1), most=1 / 2)))
    if failed is not None:
        proving.say(f"  {failed}")
        _leave(proving, [one], failed)


async def _decide(proving: Proving, one: Advised, until: Until) -> None:
    plain = await without_useless_columns(proving, one)
    if plain is None:
        return
    one = plain
    found = await _outcome(proving, one.change, until)
    proving.say(said(found))
    if not found.measured:
        _unmeasured(proving, one, found.why)
    elif found.why == UNUSED:
        proving.idle.append(one)
    elif found.proof is None or found.why:
        await proving.reject(one, found.why, found.proof)
    else:
        proving.accept(one, found)
        await narrow_last(proving)
        await warn_last(proving)


async def _prove_reserve(proving: Proving, reserve: Reserve) -> None:
    """After the last index: those that are of no use one by one, what would do instead of what has failed, and what the
    budget has room for by then."""
    await _prove_idle(proving)
    failed = _served(one.change for one in proving.rejected) - _served(one.change for one in proving.accepted)
    spare = [one for one in reserve.spare if failed & _served([one.change])]
    wanted = [(one, "proving what would do instead") for one in spare]
    others = {one.change.index for one in spare}
    free = [one for one in reserve.waiting if one.change.index not in others]
    wanted += [(one, "proving what there is room for now") for one in free]
    for number, (one, words) in enumerate(wanted):
        if proving.until.over:
            break
        # What is idle yet may be accepted in the end.
        against = reserve.no_room(one, [*proving.accepted, *proving.idle])
        if against:
            await proving.reject(one, against)
            continue
        proving.say(f"{words}: {one.change.title}")
        await _prove_one(proving, one, len(wanted) - number)
    await _prove_idle(proving)


def _served(changes: Iterable[Change]) -> set[tuple[str, str]]:
    """Tables on which indexes are created, each with the statements that they are for."""
    return {(one.subject, query) for one in changes if one.kind == "create-index" for query in one.queries}


async def _prove_idle(proving: Proving) -> None:
    """Accepts or rejects those together that are of no use one by one."""
    idle = list(proving.idle)
    found = await tried(proving, prove_joined(proving)) if idle else None
    if found is None:
        return
    if isinstance(found, str):
        _leave(proving, idle, found)
        return
    partners, proof = found
    for one in partners:
        made = accepted(one, share_of(proof, one, proving, partners))
        proving.accepted.append(replace(made, saved_share=made.saved_share / len(partners)))


def said(found: Outcome) -> str:
    """To whoever waits."""
    if found.why == UNUSED:
        return "  no plan uses it by itself"
    if not found.measured:
        return f"  not measured{found.why and f': {found.why}'}"
    if found.proof is None or found.why:
        return f"  not advised: {found.why}"
    saved, whole = found.proof.saved_ms.value, found.proof.before_ms
    return f"  saves {saved / whole:.0%} of the workload's time" if whole and saved > 0 else "  advised"


def _unmeasured(proving: Proving, one: Advised, why: str) -> None:
    """An index has to be measured, but to drop one that is there twice; what stands on its reason stands as before."""
    words = proving.unmeasured(why)
    certain = one.change.kind not in ("create-index", "drop-index") or one.change.form == "duplicate"
    if one.standing == "explained" and certain:
        proving.accepted.append(replace(one, gives=words))
    else:
        proving.rejected.append(Rejected(one.change, words))


def _leave(proving: Proving, some: Sequence[Advised], why: str) -> None:
    """What is neither accepted nor rejected yet."""
    decided = {one.change.id for one in proving.accepted} | {one.change.id for one in proving.rejected}
    for one in some:
        if one.change.id not in decided:
            _unmeasured(proving, one, why)


async def _outcome(proving: Proving, change: Change, until: Until) -> Outcome:
    if change.kind in ("setting", "statistics"):
        return await prove_tunable(proving, change, until)
    if change.kind != "rewrite":
        return await prove_index(proving, change, until)
    return await prove_rewrite(proving, change, until)
