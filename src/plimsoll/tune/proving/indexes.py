"""The proof of an index that is created or dropped: what statements gain or lose, and what writers do."""

from collections.abc import Sequence
from dataclasses import replace

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Proof, WriteCost
from plimsoll.tune.building.building import NotBuilt
from plimsoll.tune.proving.foreign_keys import FORM, cheap, checked, deleting
from plimsoll.tune.proving.judging import Rounds, Verdict, Workload, judge, judge_drop, proof_of
from plimsoll.tune.proving.playing import Broken, play
from plimsoll.tune.proving.sides import Side
from plimsoll.tune.proving.state import UNMEASURED, Outcome, Proving
from plimsoll.tune.proving.table_costs import table_costs
from plimsoll.tune.proving.touching import Plans, changed, modified, table_of, touched
from plimsoll.tune.proving.upkeep import hot_words
from plimsoll.tune.until import Until

UNUSED = "no statement's plan uses it once it is there"


async def prove_index(proving: Proving, change: Change, until: Until) -> Outcome:
    """On top of what was accepted."""
    if not proving.bench.running.clone.superuser:
        return Outcome(None, "needs superuser on the copy, where alone an index can be hidden from the planner")
    if change.index is not None:
        built = await proving.bench.switch.build(change.index)
        if isinstance(built, NotBuilt):
            return UNMEASURED if proving.until.over else Outcome(None, built.why)
    return await compared(proving, [change], (proving.side, proving.side.having(change)), until)


async def compared(proving: Proving, changes: Sequence[Change], sides: tuple[Side, Side], until: Until) -> Outcome:
    """The second side, which has the changes, against the first."""
    change, workload = changes[0], proving.workload_at(sides)
    before = await (proving.plans_now() if sides[0] == proving.side else proving.plans_of(sides[0], changes))
    after = await (proving.plans_now() if sides[1] == proving.side else proving.plans_of(sides[1], changes))
    other = changed(before, after)
    unseen = not other and not any(_checked(one, before) for one in changes)
    if change.kind == "create-index" and unseen and change.form != FORM:
        return Outcome(None, UNUSED)
    queries = sorted(set[str]().union(*(touched(one, before, after, proving.kin) for one in changes)))
    rounds = await play(
        proving.bench, sides, queries, until, lambda found: judged(workload, change, found, other).clear
    )
    if isinstance(rounds, Broken):
        return Outcome(None, f"makes a statement fail: {rounds.why}")
    if queries and not rounds:
        return UNMEASURED
    costs, upkeep = await table_costs(proving, changes, sides, before, rounds)
    verdict = judged(workload, change, rounds, other, upkeep)
    if verdict.why:
        verdict = replace(verdict, why="; ".join((verdict.why, *hot_words(costs))))
    gives = ""
    if change.form == FORM and not verdict.pays and (verdict := cheap(workload, rounds, upkeep)).pays:
        told = deleting(workload, change, rounds) or await checked(proving, change, sides, until)
        if told is None:
            return UNMEASURED
        verdict, gives = replace(verdict, why=told.why), told.gives
    found = proof(proving, workload, rounds, verdict, changes, costs)
    return Outcome(found, verdict.why, sides[1], after, gives)


def proof(
    proving: Proving,
    workload: Workload,
    rounds: Sequence[Rounds],
    verdict: Verdict,
    changes: Sequence[Change] = (),
    costs: Sequence[WriteCost] = (),
) -> Proof:
    """What was measured, as a value."""
    there = proving.bench.switch.builds.built
    builds = [there[one.index] for one in changes if one.index is not None and one.index in there]
    rest = len(proving.workload.statements) - len(rounds)
    same = f"{rest} statements were not executed again: their plans are the same with it and without it"
    return Proof(
        [proof_of(workload, one) for one in rounds],
        workload.before_ms,
        verdict.saved,
        max((len(one.before) for one in rounds), default=0),
        sum(one.size_bytes for one in builds),
        sum(one.seconds for one in builds) if builds else None,
        list(costs),
        [same] if rest else [],
    )


def judged(
    workload: Workload, change: Change, rounds: Sequence[Rounds], other: set[str], upkeep: float = 0.0
) -> Verdict:
    if change.kind == "drop-index":  # of two that are the same, plans that name the other one tell nothing
        return judge_drop(workload, rounds, () if change.form == "duplicate" else other, upkeep)
    return judge(workload, rounds, upkeep)


def _checked(change: Change, plans: Plans) -> bool:
    """Whether it may serve what no plan shows: statements that delete or change rows that a foreign key refers to."""
    table = table_of(change)
    own = {query for query in change.queries if modified(plans.get(query, ())) - {table}}
    return bool(own)
