"""Whether what was measured of a change speaks for it: each statement's effect, the workload's saving, the verdict.

Pure. Statements weigh by the time that the workload's source tells of them, else by calls: `Weighed.weight` is calls,
scaled so that the source's time is what it comes to. Both sides of a round were measured next to each other, so the
figures are of differences within rounds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from plimsoll.core.tuning.proof import Effect, Interval95, Measured, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.core.tuning.tempering import OFTEN, SLOW_MS, tempered
from plimsoll.core.units import format_ms
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.figures import gained, interval

FLOOR_SHARE: Final = 0.05  # an effect below these is none
FLOOR_MS: Final = 0.05
FELT_SHARE: Final = 0.005  # of the workload's time: what many calls bring a difference to that is none of a single one
SAVED_SHARE_MIN: Final = 0.01  # of the workload's time: what is less is not worth an index
LEFT_MIN: Final = 0.1  # of the workload, however little of it is left: a hundredth of next to nothing is nothing …
LEFT_MS: Final = 1000.0  # … and so is what comes to less over the whole stretch
IMPORTANT_SHARE: Final = 0.01  # of the workload's time or of its calls
HARM_SHARE: Final = 0.10  # an important statement must not become slower by these
HARM_MS: Final = 0.1
# A statement that writes keeps a new index up, which cannot be had for nothing: it may become slower where the whole
# workload gains this many times what it loses.
WRITE_GAIN: Final = 10.0
NAME_MAX: Final = 60  # characters of a statement's text


@dataclass(frozen=True, slots=True)
class Weighed:
    """A statement with its weight and what it takes of the workload: `before_ms` a call, without any change."""

    query: Query
    weight: float
    before_ms: float

    @property
    def total_ms(self) -> float:
        return self.weight * self.before_ms


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything that could be measured, by the statements' ids. `left` is which share of its time a statement still
    takes where it is 1 no more: with what was accepted until then, or with all that the second side of a comparison has
    where that is `left_with_it`. `replaced` will be written differently."""

    statements: dict[str, Weighed]
    left: Mapping[str, float] = field(default_factory=dict)
    left_with_it: bool = False
    replaced: frozenset[str] = frozenset()

    @property
    def before_ms(self) -> float:
        return sum(one.total_ms for one in self.statements.values())

    @property
    def left_ms(self) -> float:
        """What it takes where all is as it will be, but LEFT_MIN of it at least."""
        staying = self.statements.keys() - self.replaced
        now = sum(self.statements[one].total_ms * self.left.get(one, 1.0) for one in staying)
        return max(now, LEFT_MIN * self.before_ms)

    @property
    def tempered(self) -> "Workload":
        """In which no statement drowns the others, to see whether a change is worth it for those."""
        load, calls = {query: one.total_ms for query, one in self.statements.items()}, self._calls
        felt = [
            query for query, one in self.statements.items()
            if one.query.calls >= OFTEN * calls and one.before_ms >= SLOW_MS
        ]  # fmt: skip
        counting = tempered(load, felt, self.replaced)
        share = {query: counting[query] / one if one > 0 else 1.0 for query, one in load.items()}
        held = {query: replace(one, weight=one.weight * share[query]) for query, one in self.statements.items()}
        return replace(self, statements=held)

    @property
    def _calls(self) -> float:
        return sum(one.query.calls for one in self.statements.values())

    def name(self, query: str) -> str:
        """A statement for people."""
        one = self.statements[query].query
        text = " ".join(one.shown.split())
        return one.label or (text if len(text) <= NAME_MAX else f"{text[: NAME_MAX - 1]}…")

    def floor_ms(self, query: str, floor: float = FLOOR_MS, share: float = FELT_SHARE) -> float:
        """From which on a call is slower or faster: less where calls are so many that the workload feels it."""
        weight = self.statements[query].weight
        return min(floor, share * self.before_ms / weight) if weight > 0 else floor

    def important(self, query: str) -> bool:
        """Whether it must not become slower."""
        one = self.statements[query]
        return one.total_ms >= IMPORTANT_SHARE * self.before_ms or one.query.calls >= IMPORTANT_SHARE * self._calls


@dataclass(frozen=True, slots=True)
class Rounds:
    """A statement's executions, a value for each round and side; a round's are over its bindings."""

    query: str
    before: Sequence[Execution]
    after: Sequence[Execution]

    @property
    def saved_ms(self) -> Interval95:
        """A call."""
        return gained([one.ms for one in self.before], [one.ms for one in self.after])

    @property
    def differences(self) -> list[float]:
        """Milliseconds saved in each round."""
        return [one.ms - other.ms for one, other in zip(self.before, self.after, strict=True)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` says what speaks against it; "" where nothing does. `clear` is whether more rounds would not change it."""

    why: str
    clear: bool
    saved: Interval95

    @property
    def pays(self) -> bool:
        return not self.why


def weighed(query: Query, ms: float) -> Weighed:
    """By the source's time where it has one, else by calls."""
    weight = query.total_ms / ms if query.total_ms > 0 and ms > 0 else query.calls
    return Weighed(query, weight, ms)


def saving(workload: Workload, rounds: Sequence[Rounds], upkeep_ms: float = 0.0) -> Interval95:
    """Of the workload's stretch, `upkeep_ms` of writes that were measured otherwise taken off."""
    if not rounds or not rounds[0].before:
        return Interval95(-upkeep_ms, -upkeep_ms, -upkeep_ms)
    columns = zip(*(saved_by_round(workload, one) for one in rounds), strict=True)
    most = sum(taken_ms(workload, one) for one in rounds) - upkeep_ms
    found = interval([sum(each) - upkeep_ms for each in columns])
    return Interval95(found.value, found.low, max(found.value, min(found.high, most)))


def saved_by_round(workload: Workload, one: Rounds) -> list[float]:
    """Of the statement's time in the stretch, what each round saved of its own before: never more than there is,
    however slow the machine was in that round."""
    whole = taken_ms(workload, one)
    pairs = zip(one.before, one.after, strict=True)
    return [whole * (before.ms - after.ms) / before.ms if before.ms > 0 else 0.0 for before, after in pairs]


def taken_ms(workload: Workload, one: Rounds) -> float:
    """What a statement takes of the stretch before the change. By shares, since between two measurements the machine
    may have become slower or faster."""
    whole, left = workload.statements[one.query].total_ms, workload.left.get(one.query, 1.0)
    if not workload.left_with_it:
        return whole * left
    before, after = (median(each.ms for each in side) for side in (one.before, one.after))
    return whole * (min(1.0, left * before / after) if after > 0 else 1.0)


def proof_of(workload: Workload, one: Rounds) -> QueryProof:
    """Of one statement."""
    before, found = measured(one.before), told(one, workload.floor_ms(one.query))
    said = slower_values(one) if found == "better" else []
    if any(each.bound for each in one.before):
        said.append("ended at the time limit without it: takes at least that long")
    if any(each.bound for each in one.after):
        said.append("ended at the time limit with it: takes at least that long")
    return QueryProof(
        one.query, before, measured(one.after), found,
        median(saved_by_round(workload, one)), "; ".join(said),
    )  # fmt: skip


def slower_values(one: Rounds) -> list[str]:
    """What is faster on the whole may be slower for some of its values."""
    if any(each.bound for each in (*one.before, *one.after)):
        return []
    sides = (zip(*(each.each_ms for each in side), strict=True) for side in (one.before, one.after))
    values = [(median(was), median(now)) for was, now in zip(*sides, strict=True) if _is_slower(was, now)]
    if not values:
        return []
    was, now = max(values, key=lambda pair: pair[1] - pair[0])
    return [f"slower for {len(values)} of its {len(one.before[0].each_ms)} values: {format_ms(was)} → {format_ms(now)}"]


def _is_slower(before: Sequence[float], after: Sequence[float]) -> bool:
    found = gained(before, after)
    return found.high < 0 and -found.value >= max(HARM_MS, HARM_SHARE * median(before))


def measured(executions: Sequence[Execution]) -> Measured:
    """One side."""
    ms, ended = interval([one.ms for one in executions]), any(one.bound for one in executions)
    return Measured(
        replace(ms, low=max(0.0, ms.low)),
        None if ended else median(one.pages for one in executions),
        None if ended else median(one.pages_read for one in executions),
        median(one.wal_bytes for one in executions),
        executions[-1].plan,
    )


def told(one: Rounds, floor_ms: float = FLOOR_MS) -> Effect:
    """Of one statement, by what was measured of it."""
    return effect(median(each.ms for each in one.before), one.saved_ms, floor_ms)


def effect(before_ms: float, saved: Interval95, floor_ms: float = FLOOR_MS) -> Effect:
    """By the whole interval: what touches the floor is not told."""
    floor = max(floor_ms, FLOOR_SHARE * before_ms)
    if saved.low > floor:
        return "better"
    if saved.high < -floor:
        return "worse"
    return "same" if saved.low >= -floor and saved.high <= floor else "unclear"


def stands_out(one: Rounds) -> bool:
    """Whether a statement is surely faster. What many calls of short ones make large may be nothing but noise."""
    return one.saved_ms.low > FLOOR_SHARE * median(each.ms for each in one.before)


def judge(workload: Workload, rounds: Sequence[Rounds], upkeep_ms: float = 0.0) -> Verdict:
    """Whether to advise it, by what was measured until now."""
    saved, whole = saving(workload, rounds, upkeep_ms), workload.before_ms
    share, most = _gained(workload, rounds, upkeep_ms)
    harmed = [(one, found) for one in rounds if (found := harm(workload, one, saved))]
    certain = [found for _, found in harmed if found.certain]
    if certain:
        return Verdict(f"makes an important statement slower: {certain[0].words}", True, saved)
    if saved.low > 0 and share >= SAVED_SHARE_MIN:
        if not any(map(stands_out, rounds)):
            return Verdict("no statement is faster by it beyond what varies", False, saved)
        return Verdict("", not harmed, saved)
    if saved.high < 0:
        return Verdict(f"costs more than it saves: {_share(-saved.value, whole)} of the workload's time", True, saved)
    if share < SAVED_SHARE_MIN:
        few = f"saves {_share(max(0.0, saved.value), whole)} of the workload's time, less than {SAVED_SHARE_MIN:.0%}"
        return Verdict(few, most < SAVED_SHARE_MIN, saved)
    spread = f"between {_share(saved.low, whole)} and {_share(saved.high, whole)} of the workload's time"
    return Verdict(f"its effect does not stand out of what varies anyway: {spread}", False, saved)


def _gained(workload: Workload, rounds: Sequence[Rounds], upkeep_ms: float) -> tuple[float, float]:
    """Share that is saved, and that is at most: of the workload, of it as no statement drowns the others, or of what is
    left of it, where somebody waits less for a call."""
    views = [(saving(one, rounds, upkeep_ms), one.before_ms) for one in (workload, workload.tempered)]
    staying = [one for one in rounds if one.query not in workload.replaced]
    saved = saving(workload, staying, upkeep_ms)
    if saved.value >= LEFT_MS and any(one.saved_ms.low >= SLOW_MS for one in staying):
        views.append((saved, workload.left_ms))
    return max(((each.value / whole, each.high / whole) for each, whole in views if whole > 0), default=(0.0, 0.0))


def judge_drop(workload: Workload, rounds: Sequence[Rounds], changed: Collection[str], upkeep_ms: float) -> Verdict:
    """Of an index to drop: no statement may become slower, important or not. `changed` have other plans without it."""
    saved = saving(workload, rounds, upkeep_ms)
    effects = [(one.query, told(one)) for one in rounds]  # of a call: a wider index is read a little slower, always
    slower = [query for query, found in effects if found == "worse"]
    if slower:
        return Verdict(f"a statement is slower without it: {workload.name(slower[0])}", True, saved)
    untold = [query for query, found in effects if found == "unclear" and query in changed]
    if untold:
        why = f"whether a statement is slower without it could not be told: {workload.name(untold[0])}"
        return Verdict(why, False, saved)
    harmed = [found for one in rounds if (found := harm(workload, one, saved))]
    return Verdict("", not harmed, saved)


@dataclass(frozen=True, slots=True)
class Harm:
    """`certain`: the whole interval is on that side."""

    words: str
    certain: bool


def harm(workload: Workload, one: Rounds, saved: Interval95) -> Harm | None:
    """What a statement loses that is important, or becomes so by what it loses."""
    difference, before = one.saved_ms, median(each.ms for each in one.before)
    lost, statement = -difference.value, workload.statements[one.query]
    heavy = lost * statement.weight >= IMPORTANT_SHARE * workload.before_ms
    # What short writes lose by the index that they keep up is taken off the saving.
    least = HARM_MS if statement.query.writes else workload.floor_ms(one.query, HARM_MS, IMPORTANT_SHARE)
    if not (heavy or workload.important(one.query)) or lost < max(least, HARM_SHARE * before):
        return None
    if statement.query.writes and saved.value >= WRITE_GAIN * lost * statement.weight:
        return None
    name = workload.name(one.query)
    words = f"{name}, by {format_ms(lost)} a call ({lost / before:.0%})" if before > 0 else name
    return Harm(words, difference.high < 0)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2g} %" if whole > 0 else "0 %"
