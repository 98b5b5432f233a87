"""What was accepted, looked at once more: what is no longer needed beside the rest, and all of it at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Proof
from plimsoll.tune.proving.cold import with_cold
from plimsoll.tune.proving.generic import warn_last
from plimsoll.tune.proving.indexes import compared, proof
from plimsoll.tune.proving.judging import Rounds, Verdict, harm, saving
from plimsoll.tune.proving.playing import Broken, play
from plimsoll.tune.proving.sides import NONE, Side
from plimsoll.tune.proving.state import Proving
from plimsoll.tune.proving.table_costs import table_costs
from plimsoll.tune.proving.touching import touched

UNTOUCHED: Final = "no change touches it: what differs varies by itself"


async def without_superfluous(proving: Proving) -> None:
    """Rejects indexes without which the whole is not worse, those that saved least first: what came later serves the
    same statements, and is measured once more without it. The last one was measured beside all others already."""
    for change in [one.change for one in sorted(proving.accepted[:-1], key=lambda one: one.saved_share)]:
        one = next(each for each in proving.accepted if each.change == change)
        rivals = _rivals(one, proving.accepted)
        if change.kind != "create-index" or not rivals or proving.until.over:
            continue
        sides = (proving.side.lacking(change), proving.side)
        found = await compared(proving, [change], sides, proving.until)
        if found.why and found.measured and await _proved_without(proving, one, rivals):
            await _reject(proving, one, found.why, found.proof, rivals)


async def _proved_without(proving: Proving, gone: Advised, rivals: Sequence[Advised]) -> bool:
    """Whether the indexes that were measured on top of one pay without it as well. Then their proofs are those, so
    that each tells what is saved by it; else all is as it was."""
    accepted, side, done = proving.accepted, proving.side, False
    at = accepted.index(gone)
    proving.accepted = accepted[:at]
    for one in accepted[at:]:
        proving.side = proving.side.lacking(one.change)
    try:
        for one in accepted[at + 1 :]:
            if not await _on_top(proving, one, side, again=one in rivals):
                return False
        done = True
    finally:
        if not done:
            proving.accepted, proving.side, proving.plans = accepted, side, {}
    return done


async def _on_top(proving: Proving, one: Advised, whole: Side, *, again: bool) -> bool:
    """Accepts it on top of what is accepted now, an index that is measured `again` if it pays."""
    proving.plans = {}
    having = proving.side.having(one.change) if whole.has(one.change) else proving.side
    if not again or one.change.kind != "create-index":
        proving.accepted.append(one)
        proving.side = having
        return True
    found = await compared(proving, [one.change], (proving.side, having), proving.until)
    if found.why or not found.measured:
        return False
    proving.accept(one, found)
    await warn_last(proving)
    return True


async def all_together(proving: Proving) -> Proof | None:
    """All that were accepted against none, over every statement; a change that harms an important one only beside the
    others is rejected after all."""
    while proving.side != NONE and not proving.until.over:
        proving.say(f"measuring {counted(len(_made(proving)), 'change')} together")
        rounds = await _rounds(proving)
        if rounds is None:
            return None
        guilty = _guilty(proving, rounds.touched)
        if guilty is None:
            return await with_cold(proving, await _whole(proving, rounds))
        one, words = guilty
        await _proved_without(proving, one, _rivals(one, proving.accepted))
        await _reject(proving, one, f"makes an important statement slower beside the others: {words}", one.proof, ())
    return None


@dataclass(frozen=True, slots=True)
class _Played:
    """`watched` are statements that no change can touch: they do not count, as they would only add noise."""

    touched: list[Rounds]
    watched: list[Rounds]


async def _rounds(proving: Proving) -> _Played | None:
    before, after = await proving.plans_of(NONE), await proving.plans_now()
    counting = set[str]().union(*(touched(one, before, after, proving.kin) for one in _made(proving)))
    rest = [query for query in proving.workload.statements if query not in counting]
    sides = (NONE, proving.side)
    rounds = await play(proving.bench, sides, sorted(counting), proving.until, lambda _: True)
    if isinstance(rounds, Broken) or (counting and not rounds):
        return None
    return _Played(rounds, await _watched(proving, sides, rest))


async def _watched(proving: Proving, sides: tuple[Side, Side], queries: Sequence[str]) -> list[Rounds]:
    found = await play(proving.bench, sides, queries, proving.until, lambda _: True)
    return [] if isinstance(found, Broken) else found


async def _whole(proving: Proving, rounds: _Played) -> Proof:
    sides, made = (NONE, proving.side), _made(proving)
    costs, upkeep = await table_costs(proving, made, sides, await proving.plans_now(), rounds.touched)
    verdict = Verdict("", True, saving(proving.workload, rounds.touched, upkeep))
    found = proof(proving, proving.workload, [*rounds.touched, *rounds.watched], verdict, made, costs)
    return untouched(found, {one.query for one in rounds.watched})


def untouched(found: Proof, watched: Collection[str]) -> Proof:
    """Statements that no change can touch are the same, whatever was measured of them."""
    queries = [
        replace(one, effect="same", why=UNTOUCHED if one.effect in ("better", "worse") else one.why)
        if one.query in watched else one
        for one in found.queries
    ]  # fmt: skip
    return replace(found, queries=queries)


def _made(proving: Proving) -> list[Change]:
    """What the copy has: a statement written differently is not of it, nor what was not measured."""
    made = [one.change for one in proving.accepted if one.standing == "proved"]
    return [one for one in made if one.kind != "rewrite"]


def _guilty(proving: Proving, rounds: list[Rounds]) -> tuple[Advised, str] | None:
    """An accepted change whose own proof shows a statement to be slower that is harmed by all together."""
    saved = saving(proving.workload, rounds)
    for one in rounds:
        found = harm(proving.workload, one, saved)
        blamed = _blamed(one.query, proving.accepted) if found is not None and found.certain else None
        if found is not None and blamed is not None:
            return blamed, found.words
    return None


def _blamed(query: str, accepted: list[Advised]) -> Advised | None:
    """The one by which it loses most; None where none of them shows a loss."""
    made = [each for each in accepted if each.change.kind != "rewrite" and each.proof is not None]
    pairs = [(one, each) for each in made for one in (each.proof.queries if each.proof else ())]
    losses = {one.saved_ms: each for one, each in pairs if one.query == query}
    worst = min(losses, default=0.0)
    return losses[worst] if worst < 0 else None


def _rivals(one: Advised, accepted: list[Advised]) -> list[Advised]:
    """Later ones that touch the same statements."""
    own = {each.query for each in one.proof.queries} if one.proof else set()
    later = accepted[accepted.index(one) + 1 :]
    return [each for each in later if each.proof and own & {query.query for query in each.proof.queries}]


async def _reject(proving: Proving, one: Advised, why: str, found: Proof | None, rivals: Sequence[Advised]) -> None:
    beside = " and ".join(each.change.index.words for each in rivals if each.change.index is not None)
    words = f"superfluous beside {beside}: {why}" if beside else why
    proving.rejected.append(Rejected(one.change, words, found))
    proving.accepted = [each for each in proving.accepted if each != one]
    proving.side = proving.side.lacking(one.change)
    proving.plans = {}
    if one.change.index is not None:
        await proving.bench.switch.drop(one.change.index)
