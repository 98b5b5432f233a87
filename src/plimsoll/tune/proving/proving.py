"""The proof: changes are made on the copy one after another, in the order of what they promise, each on top of those
that paid; whatever does not pay, or harms an important statement, is rejected with what was measured."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.postgres.connecting import connect
from plimsoll.tune.building.building import Builds, NotBuilt
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.judging import Rounds, Verdict, Weighed, Workload, judge, proof_of, saving, weighed
from plimsoll.tune.proving.playing import Bench, Broken, Until, play
from plimsoll.tune.proving.proved import Proved
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.schedule import limit_s
from plimsoll.tune.proving.sides import NONE, Side, Switch
from plimsoll.tune.proving.touching import Kinship, Plans, changed, kinship, touched
from plimsoll.tune.proving.vacuuming import fired

_TOGETHER_SHARE: Final = 0.25  # of the time, kept for all together
_SHORT_MS: Final = 50.0
_WARMING: Final = 5  # executions
_NOT_MEASURED: Final = "not measured: time was up"
_ORDER: Final = {"create-index": 0, "drop-index": 1}  # kinds that are measured, in this order
Say = Callable[[str], None]


@dataclass
class _Proving:
    """What is known on the way. `accepted` in the order in which they were; `plans` are of the accepted side."""

    bench: Bench
    until: Until
    say: Say
    kin: Kinship
    accepted: list[Advised] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    side: Side = NONE
    plans: Plans = field(default_factory=dict)

    @property
    def workload(self) -> Workload:
        return self.bench.workload


async def prove(
    clone: Clone,
    builds: Builds,
    workload: QueryWorkload,
    facts: DatabaseFacts,
    changes: Sequence[Advised],
    time_s: float,
    stop: asyncio.Event,
    say: Say,
) -> Proved:
    """Within about `time_s`; what was not measured until then, or until `stop`, is rejected as that. Indexes that are
    rejected are dropped on the copy, and the others hidden again."""
    whole = Until(monotonic() + time_s, stop)
    measurable = sorted((one for one in changes if one.change.kind in _ORDER), key=_promise)
    others = [one for one in changes if one.change.kind not in _ORDER]
    connection = await connect(clone.target)
    try:
        running = Running(clone, connection, limit_s(time_s))
        bench, notes = await _baseline(running, Switch(builds, connection), workload, whole, say)
        kin = kinship(facts.schema, await fired(connection))
        proving = _Proving(bench, replace(whole, end=whole.end - _TOGETHER_SHARE * time_s), say, kin)
        for number, one in enumerate(measurable, start=1):
            say(f"proving {number} of {len(measurable)}: {one.change.title}")
            await _prove_one(proving, one, len(measurable) - number + 1)
        together = await _together(replace(proving, until=whole))
        await bench.switch.wake()
        await builds.show(frozenset())
    finally:
        await connection.close(timeout=2)
    return Proved([*proving.accepted, *others], proving.rejected, together, notes)


def _promise(one: Advised) -> tuple[int, float]:
    """What is proved first."""
    return _ORDER[one.change.kind], -one.saved_share


async def _baseline(
    running: Running, switch: Switch, workload: QueryWorkload, until: Until, say: Say
) -> tuple[Bench, list[str]]:
    """Every statement as it is, so that all are warm and it is known what they weigh."""
    say(f"executing {len(workload.queries)} statements on the copy as it is")
    await switch.show(NONE)
    found: dict[str, Weighed] = {}
    ended: dict[str, Execution] = {}
    notes: list[str] = []
    for query in workload.queries:
        if until.over:
            notes.append(f"{query.label or query.id} was not executed: time was up")
            continue
        try:
            execution = await _warm(running, query)
        except NotRun as error:
            notes.append(f"{query.label or query.id} could not be executed on the copy: {error}")
            continue
        found[query.id] = weighed(query, execution.ms)
        if execution.bound:
            ended[query.id] = execution
    return Bench(running, switch, Workload(found), ended), notes


async def _warm(running: Running, query: Query) -> Execution:
    """A short one a few times more: what it takes cold says little of what it weighs."""
    first = await running.executed(query, 1)
    return first if first.ms > _SHORT_MS else await running.executed(query, _WARMING)


async def _prove_one(proving: _Proving, one: Advised, left: int) -> None:
    """Accepts or rejects it."""
    change, until = one.change, proving.until
    if until.over:
        proving.rejected.append(Rejected(change, _NOT_MEASURED))
        return
    if change.index is not None:
        built = await proving.bench.switch.build(change.index)
        if isinstance(built, NotBuilt):
            proving.rejected.append(Rejected(change, built.why))
            return
    side = proving.side.having(change)
    plans = await _plans(proving, side)
    own = replace(until, end=monotonic() + until.left_s * 2 / (left + 1))
    proof, why = await _measured(proving, change, (proving.side, side), plans, own)
    if why or proof is None:
        await _reject(proving, change, why, proof)
        return
    proving.accepted.append(accepted(one, proof))
    proving.side, proving.plans = side, plans


def accepted(one: Advised, proof: Proof) -> Advised:
    """As advice that was proved."""
    share = max(0.0, proof.saved_ms.value / proof.before_ms) if proof.before_ms else 0.0
    sure = proof.saved_ms.low >= proof.saved_ms.value / 2
    return replace(one, standing="proved", confidence="high" if sure else "medium", saved_share=share, proof=proof)


async def _measured(
    proving: _Proving, change: Change, sides: tuple[Side, Side], plans: Plans, until: Until
) -> tuple[Proof | None, str]:
    """The proof, and what speaks against the change."""
    before = proving.plans or await _plans(proving, sides[0])
    proving.plans = before
    if change.kind == "create-index" and not changed(before, plans):
        return None, "no statement's plan uses it once it is there"
    queries = sorted(touched(change, before, plans, proving.kin))
    rounds = await play(proving.bench, sides, queries, until, lambda so_far: judge(proving.workload, so_far).clear)
    if isinstance(rounds, Broken):
        return None, f"makes a statement fail: {rounds.why}"
    if queries and (not rounds or len(rounds[0].before) < 2):
        return None, _NOT_MEASURED
    verdict = judge(proving.workload, rounds)
    return _proof(proving, rounds, verdict, change), verdict.why


async def _plans(proving: _Proving, side: Side) -> Plans:
    await proving.bench.switch.show(side)
    return {query: await proving.bench.running.plans(one.query) for query, one in proving.workload.statements.items()}


def _proof(proving: _Proving, rounds: Sequence[Rounds], verdict: Verdict, change: Change | None) -> Proof:
    build = proving.bench.switch.builds.built.get(change.index) if change and change.index else None
    rest = len(proving.workload.statements) - len(rounds)
    same = f"{rest} statements were not executed again: their plans are the same with it and without it"
    return Proof(
        [proof_of(proving.workload, one) for one in rounds],
        proving.workload.before_ms,
        verdict.saved,
        max((len(one.before) for one in rounds), default=0),
        build.size_bytes if build else 0,
        build.seconds if build else None,
        notes=[same] if rest else [],
    )


async def _reject(proving: _Proving, change: Change, why: str, proof: Proof | None) -> None:
    proving.rejected.append(Rejected(change, why, proof))
    if change.index is not None:
        await proving.bench.switch.drop(change.index)


async def _together(proving: _Proving) -> Proof | None:
    """All that were accepted against none, over every statement."""
    if not proving.accepted or proving.until.over:
        return None
    proving.say(f"measuring all {len(proving.accepted)} together")
    before, queries = await _plans(proving, NONE), list(proving.workload.statements)
    changes = [one.change for one in proving.accepted]
    touched_at_all = set[str]().union(*(touched(one, before, proving.plans, proving.kin) for one in changes))
    rounds = await play(proving.bench, (NONE, proving.side), queries, proving.until, lambda _: True)
    if isinstance(rounds, Broken) or not rounds or len(rounds[0].before) < 2:
        return None
    builds = [proving.bench.switch.builds.built[one] for one in proving.side.indexes]
    verdict = Verdict("", True, saving(proving.workload, [one for one in rounds if one.query in touched_at_all]))
    proof = _proof(proving, rounds, verdict, None)
    return replace(proof, size_bytes=sum(one.size_bytes for one in builds), build_s=sum(one.seconds for one in builds))
