"""The proof of a setting or of statistics for the planner: what statements gain or lose with it on the copy."""

from typing import Final

from plimsoll.core.tuning.change import Change
from plimsoll.tune.proving.indexes import proof
from plimsoll.tune.proving.judging import judge
from plimsoll.tune.proving.playing import Broken, play
from plimsoll.tune.proving.state import UNMEASURED, Outcome, Proving
from plimsoll.tune.proving.touching import changed
from plimsoll.tune.until import Until

SAME_PLANS: Final = "no statement's plan is another with it"


async def prove_tunable(proving: Proving, change: Change, until: Until) -> Outcome:
    """A setting that a session cannot have for itself, and statistics that the copy refuses, are not measured."""
    before, sides = await proving.plans_now(), (proving.side, proving.side.having(change))
    after = await proving.plans_of(sides[1])
    everywhere = change.kind == "statistics" or bool(change.steps)
    other = changed(before, after) if everywhere else set()
    named = set(change.queries) if change.kind == "setting" else set()
    queries = sorted((other | named) & proving.workload.statements.keys())
    if not queries:
        return Outcome(None, SAME_PLANS)
    workload = proving.workload_at(sides)
    rounds = await play(proving.bench, sides, queries, until, lambda found: judge(workload, found).clear)
    if isinstance(rounds, Broken):
        return Outcome(None, f"makes a statement fail: {rounds.why}")
    if not rounds:
        return UNMEASURED
    verdict = judge(workload, rounds)
    found = proof(proving, workload, rounds, verdict, [change])
    if not everywhere:  # it holds for these statements alone, so the others are proved without it
        return Outcome(found, verdict.why, proving.side, before)
    return Outcome(found, verdict.why, sides[1], after)
