"""Whether an index that pays would do so with fewer columns: a smaller one is kept up and cached for less."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index
from plimsoll.tune.building.building import NotBuilt
from plimsoll.tune.candidates.covering import carrying
from plimsoll.tune.proving.indexes import compared
from plimsoll.tune.proving.joined import used_by
from plimsoll.tune.proving.state import Outcome, Proving
from plimsoll.tune.proving.touching import Plans

CARRIES_IN_VAIN: Final = "no plan reads it without its table, so that what it only carries is of no use"
_SORTS: Final = ("Sort", "Incremental Sort")
_TIME_SHARE: Final = 0.1  # of what is left, for each smaller index


def narrower(index: Index) -> Iterator[Index]:
    """The smaller ones to try, in order: without what it only carries, else without one of that, else without its last
    key."""
    if index.include:
        yield replace(index, include=())
        if len(index.include) > 1:
            for name in index.include:
                yield replace(index, include=tuple(one for one in index.include if one != name))
    elif len(index.keys) > 1 and index.method == "btree":
        yield replace(index, keys=index.keys[:-1])


async def without_useless_columns(proving: Proving, one: Advised) -> Advised | None:
    """The change, with the plain index where what it carries is of no use: then it could be better by chance only. None
    where that one is known already."""
    index, switch = one.change.index, proving.bench.switch
    carries = one.change.kind == "create-index" and index is not None and bool(index.include)
    if not carries or not proving.bench.running.clone.superuser:
        return one
    assert index is not None
    if isinstance(await switch.build(index), NotBuilt):
        return one
    plans = await proving.plans_of(proving.side.having(one.change), [one.change])
    if index not in used_by(plans, switch.builds.names) or is_read_alone(index, plans, switch.builds.names):
        return one
    await proving.reject(one, CARRIES_IN_VAIN)
    plain = smaller_change(one.change, replace(index, include=()))
    changes = [each.change for each in proving.rejected]
    changes += [each.change for each in (*proving.accepted, *proving.idle)]
    return None if any(plain.index == each.index for each in changes) else replace(one, change=plain)


def is_read_alone(index: Index, plans: Plans, names: Mapping[str, Index]) -> bool:
    """Whether some statement has all that it reads from it."""
    nodes = [node for found in plans.values() for plan in found if plan is not None for node in plan.walk()]
    return any(node.kind == "Index Only Scan" and names.get(node.index) == index for node in nodes)


async def narrow_last(proving: Proving) -> None:
    """The index accepted last, as long as a smaller one does as well for the whole workload."""
    while (better := await _smaller(proving, proving.accepted[-1])) is not None:
        wide, (small, found) = proving.accepted.pop(), better
        assert small.change.index is not None
        why = f"{small.change.index.words} does as well with fewer columns"
        proving.side, proving.plans = proving.side.lacking(wide.change), {}
        proving.accept(small, found)
        await proving.reject(wide, why, wide.proof)


async def _smaller(proving: Proving, one: Advised) -> tuple[Advised, Outcome] | None:
    """One that does as well, with its proof against the copy without either."""
    index, base = one.change.index, proving.side.lacking(one.change)
    for small in narrower(index) if index is not None and one.change.kind == "create-index" else ():
        if proving.until.over or small in proving.side.indexes:
            return None
        if any(small == idle.change.index for idle in proving.idle):
            continue
        change = smaller_change(one.change, small)
        if isinstance(await proving.bench.switch.build(small), NotBuilt):
            continue
        plans = await proving.plans_of(base.having(change), [change])
        in_vain = small.include and not is_read_alone(small, plans, proving.bench.switch.builds.names)
        if in_vain or sorts(plans) > sorts(await proving.plans_now()):
            await proving.bench.switch.drop(small)
            continue
        until = proving.until.part(_TIME_SHARE)
        more = await compared(proving, [one.change], (base.having(change), base.having(one.change)), until)
        if not _is_worth_it(more, proving, carried=bool(index and index.include)):
            found = await compared(proving, [change], (base, base.having(change)), until)
            if found.proof is not None and not found.why:
                return replace(one, change=change), found
        await proving.bench.switch.drop(small)
    return None


def sorts(plans: Plans) -> int:
    """How many there are. A key that spares one is kept: what sorting takes grows with the table."""
    nodes = [node for each in plans.values() for plan in each if plan for node in plan.walk()]
    return sum(node.kind in _SORTS for node in nodes)


def _is_worth_it(more: Outcome, proving: Proving, *, carried: bool) -> bool:
    """Whether the wider one gives more. A key is kept where an important statement is faster by it, as it costs little;
    what is only carried has to pay over the whole workload."""
    if not (more.why and more.measured):
        return True
    faster = [one.query for one in more.proof.queries if one.effect == "better"] if more.proof else []
    return not carried and any(proving.workload.important(one) for one in faster)


def smaller_change(change: Change, index: Index) -> Change:
    """The change with another index, and what is true of that; its steps are made anew."""
    assert change.index is not None
    why, gone = change.why, change.index.keys[len(index.keys) :]
    why = why.replace(carrying(change.index), "") if change.index.include else why
    why += f"; {', '.join(key.column or key.sql for key in gone)} behind that gave too little" if gone else ""
    form = "btree" if change.form == "covering" and not index.include else change.form
    return replace(change, index=index, title=f"Create index on {index.words}", why=why, form=form, steps=())
