"""Statements before and since, the gain of all against what was promised, and whether other things have changed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.applied import Counted
from plimsoll.core.tuning.proof import Effect, Interval95
from plimsoll.core.tuning.query import Query
from plimsoll.core.tuning.verified import Outcome, QueryVerified, Side
from plimsoll.core.units import format_share
from plimsoll.tune.verifying.means import CALLS_MIN, Mean, interval_of, mean_of, ratio_of

FLOOR: Final = 0.1  # a smaller change of a mean is not called one
SHARE_MIN: Final = 0.01  # of the time, from which on a statement is important by itself
OTHERS_MIN: Final = 2  # statements that no change is for, to tell by whether something else has changed
STEADY: Final = 0.2  # so much of a change of theirs is usual
_NAMED: Final = 200  # characters of a statement


@dataclass(frozen=True, slots=True)
class Compared:
    """All statements, the time saved and promised as shares, and how many times as long the others take."""

    queries: Sequence[QueryVerified]
    saved: Interval95 | None
    promised: float | None
    others: float | None


def compared(
    tuning: Tuning, done: Sequence[str], before: Mapping[str, Counted], after: Mapping[str, Counted],
    evicted: tuple[bool, bool] = (False, False),
) -> Compared:  # fmt: skip
    """`done` are ids of changes that are in effect, the counts those of the time before them and since, by query.
    `evicted`: whether the server dropped counters to make room, before and since."""
    changes = [one for one in tuning.advised if one.change.id in done]
    touched = {query for one in changes for query in one.change.queries}
    promises = promised_ratios(tuning, changes)
    means = {one.id: (_mean(before, one.id), _mean(after, one.id)) for one in tuning.workload.queries}
    others = _others(tuning.workload.queries, touched, promises, means)
    usual = median(others.values()) if len(others) >= OTHERS_MIN else None
    weight = _shares(tuning.workload.queries, before, after)
    queries = [
        _verified(
            one, means[one.id], (before.get(one.id), after.get(one.id)), _without(others, one.id),
            promised=promises.get(one.id), touched=one.id in touched, weight=weight[one.id], evicted=evicted,
        )
        for one in tuning.workload.queries
    ]  # fmt: skip
    known = [(one, *pair) for one in queries for pair in [means[one.query]] if one.ratio is not None]
    both = [(one, b, a) for one, b, a in known if b is not None and a is not None]
    return Compared(queries, _saved(both), _promised(both) if promises else None, usual)


def promised_ratios(tuning: Tuning, changes: Sequence[Advised]) -> dict[str, float]:
    """After / before of each statement as it was measured: of all together where all was done, else of what each
    change gave by itself, the best of them."""
    able = [one for one in tuning.advised if one.change.steps]
    if tuning.together is not None and len(changes) == len(able):
        proofs = [tuning.together]
    else:
        proofs = [one.proof for one in changes if one.proof is not None]
    found: dict[str, float] = {}
    for one in (query for proof in proofs for query in proof.queries):
        if one.before.ms.value > 0:
            ratio = one.after.ms.value / one.before.ms.value if one.effect in ("better", "worse") else 1.0
            found[one.query] = min(ratio, found.get(one.query, math.inf))
    return found


def outcome_of(found: Compared) -> tuple[Outcome, str]:
    """The verdict on all of it, and what it rests on."""
    worse = [one for one in found.queries if one.effect == "worse" and one.important]
    told = [one for one in found.queries if one.touched and one.ratio is not None]
    if worse:
        return "worse", f"{len(worse)} of the important statements became slower"
    if not told:
        return (
            "unclear",
            f"no statement that a change is for was called {CALLS_MIN} times on either side, steadily enough",
        )
    better = any(one.effect == "better" for one in told)
    if better and found.saved is not None and found.saved.low > 0:
        return "better", f"the same calls take {format_share(found.saved.value)} less time"
    if all(one.effect == "same" for one in told):
        return "same", "the statements that the changes are for take as long as before"
    if better:
        return "unclear", "statements that the changes are for became faster, and all together did not"
    return "unclear", "what has changed of statements that the changes are for may be chance, or have other reasons"


def _mean(counts: Mapping[str, Counted], query: str) -> Mean | None:
    counted = counts.get(query)
    return mean_of(counted) if counted is not None else None


def _others(
    queries: Sequence[Query], touched: set[str], promises: Mapping[str, float],
    means: Mapping[str, tuple[Mean | None, Mean | None]],
) -> dict[str, float]:  # fmt: skip
    """How many times as long each reading statement takes that nothing was done for: load, cache and data do that."""
    left_alone = [
        one.id for one in queries
        if not one.writes and one.id not in touched and math.isclose(promises.get(one.id, 1.0), 1.0)
    ]  # fmt: skip
    pairs = [(name, *means[name]) for name in left_alone]
    return {name: a.ms / b.ms for name, b, a in pairs if b is not None and a is not None and b.ms > 0}


def _without(others: Mapping[str, float], query: str) -> float | None:
    """What they do together: none of them is excused by itself."""
    ratios = [ratio for name, ratio in others.items() if name != query]
    return median(ratios) if len(ratios) >= OTHERS_MIN else None


def _shares(queries: Sequence[Query], before: Mapping[str, Counted], after: Mapping[str, Counted]) -> dict[str, float]:
    """Of the time of all, the larger of both sides."""
    wholes = [sum(counts[one.id].total_ms for one in queries if one.id in counts) for counts in (before, after)]
    sides = list(zip((before, after), wholes, strict=True))
    return {
        one.id: max(
            (counts[one.id].total_ms / whole for counts, whole in sides if one.id in counts and whole), default=0.0
        )
        for one in queries
    }


def _verified(
    query: Query, means: tuple[Mean | None, Mean | None], counts: tuple[Counted | None, Counted | None],
    others: float | None, *, promised: float | None, touched: bool, weight: float, evicted: tuple[bool, bool],
) -> QueryVerified:  # fmt: skip
    before, after = means
    ratio = ratio_of(after, before) if before is not None and after is not None else None
    effect, why = effect_of(ratio, others) if ratio is not None else ("unclear", _untold(counts, means, evicted))
    return QueryVerified(
        query.id, _cut(query.shown), _side(counts[0], before), _side(counts[1], after), effect, ratio, promised,
        touched=touched, important=touched or weight >= SHARE_MIN, why=why,
    )  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= _NAMED else f"{text[: _NAMED - 1]}…"


def effect_of(ratio: Interval95, others: float | None) -> tuple[Effect, str]:
    """What a ratio with its interval comes to. What has become slower as everything has is not the change's doing."""
    if ratio.high < 1 - FLOOR:
        return "better", ""
    if ratio.low > 1 + FLOOR:
        alike = others is not None and others > 1 + STEADY and ratio.low <= others * (1 + FLOOR)
        return ("unclear", "slower, but so are statements that no change is for") if alike else ("worse", "")
    if ratio.low >= 1 - FLOOR and ratio.high <= 1 + FLOOR:
        return "same", ""
    return "unclear", "within what happens by chance"


def _untold(
    counts: tuple[Counted | None, Counted | None], means: tuple[Mean | None, Mean | None], evicted: tuple[bool, bool]
) -> str:
    for counted, mean, when, lost in zip(counts, means, ("before", "since"), evicted, strict=True):
        calls = counted.calls if counted is not None else 0
        if calls < CALLS_MIN:
            more = "; there may have been more, since the server dropped counters to make room" if lost else ""
            return f"too few calls to tell: {calls} {when}, {CALLS_MIN} are the least{more}"
        if mean is None:
            return f"its counters were dropped and began anew {when}"
    return "its times vary too much for so few calls"


def _side(counted: Counted | None, mean: Mean | None) -> Side:
    return Side(counted.calls if counted is not None else 0, mean.interval if mean is not None else None)


def _saved(known: Sequence[tuple[QueryVerified, Mean, Mean]]) -> Interval95 | None:
    """Of the time that the calls since would have taken before."""
    then = sum(after.calls * before.ms for _, before, after in known)
    now = sum(after.calls * after.ms for _, _, after in known)
    if then <= 0 or now <= 0:
        return None
    errors = [
        math.sqrt(sum((after.calls * before.error) ** 2 for _, before, after in known)) / then,
        math.sqrt(sum((after.calls * after.error) ** 2 for _, _, after in known)) / now,
    ]
    ratio = interval_of(now / then, math.hypot(*errors))
    return Interval95(1 - ratio.value, 1 - ratio.high, 1 - ratio.low)


def _promised(known: Sequence[tuple[QueryVerified, Mean, Mean]]) -> float | None:
    """The same by the ratios of the proof, of the same statements."""
    then = sum(after.calls * before.ms for _, before, after in known)
    now = sum(after.calls * before.ms * (1.0 if one.promised is None else one.promised) for one, before, after in known)
    return 1 - now / then if then > 0 else None
