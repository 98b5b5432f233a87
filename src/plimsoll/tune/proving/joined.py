"""The proof of indexes of which no plan uses one without the others: both sides of a join, all sides of an OR."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.proof import Proof
from plimsoll.tune.proving.indexes import UNUSED, compared
from plimsoll.tune.proving.state import Outcome, Proving
from plimsoll.tune.proving.touching import Plans


async def prove_joined(proving: Proving) -> tuple[list[Advised], Proof] | None:
    """All idle ones that plans use together, as one change; None where they do not pay. The others are rejected."""
    idle, proving.idle = proving.idle, []
    partners = await _partners(proving, idle)
    why = proving.unmeasured() if len(idle) > 1 and proving.until.over else UNUSED
    await _reject(proving, [one for one in idle if one not in partners], Outcome(None, why))
    if not partners:
        return None
    side = proving.side
    for one in partners:
        side = side.having(one.change)
    found = await compared(proving, [one.change for one in partners], (proving.side, side), proving.until.part(1 / 2))
    if not found.measured:
        found = replace(found, why=proving.unmeasured())
    if found.proof is None or found.why:
        await _reject(proving, partners, found)
        return None
    proving.side, proving.plans = found.side, found.plans
    return partners, found.proof


def share_of(proof: Proof, one: Advised, proving: Proving, partners: Sequence[Advised]) -> Proof:
    """The proof of all as that of one: its own size, and what they save, which none does by itself."""
    build = proving.bench.switch.builds.built.get(one.change.index) if one.change.index else None
    others = " and ".join(each.change.index.words for each in partners if each.change.index and each is not one)
    return replace(
        proof,
        size_bytes=build.size_bytes if build else 0,
        build_s=build.seconds if build else None,
        notes=[f"measured together with {others}: no plan uses one without the other", *proof.notes],
    )


async def _partners(proving: Proving, idle: Sequence[Advised]) -> list[Advised]:
    """Those that are used where all are seen; of a single one that is known already."""
    if len(idle) < 2 or proving.until.over:
        return []
    side = proving.side
    for one in idle:
        side = side.having(one.change)
    used = used_by(await proving.plans_of(side, [one.change for one in idle]), proving.bench.switch.builds.names)
    return [one for one in idle if one.change.index in used]


def used_by(plans: Plans, names: Mapping[str, Index]) -> set[Index]:
    """Of ours, by what plans call them."""
    nodes = (node for found in plans.values() for plan in found if plan is not None for node in plan.walk())
    return {names[node.index] for node in nodes if node.index in names}


async def _reject(proving: Proving, some: Sequence[Advised], found: Outcome) -> None:
    for one in some:
        await proving.reject(one, found.why, found.proof)
