"""Two groups of runs compared: may they be, does the one figure differ, and what of the others."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, geometric_mean
from typing import Final

from plimsoll.analyze.comparing.comparability import differences, remarks, standing_reason
from plimsoll.analyze.comparing.effects import T_RUNS_MIN, effect_of_runs, too_few_for_others
from plimsoll.analyze.comparing.failing import with_failures, with_failures_decided
from plimsoll.analyze.comparing.judging import FLOOR, floor_of, judge
from plimsoll.analyze.comparing.metrics import Metric, check_known, default_metric, other_metrics, value_of
from plimsoll.analyze.comparing.pairs import ROWS_MIN, RUN_VARIATION, Row, effect_of_few
from plimsoll.analyze.comparing.runs import Group
from plimsoll.analyze.comparing.watched import watched
from plimsoll.core.comparison import Compared, Comparison, Effect, Side, Unit
from plimsoll.core.errors import UsageError
from plimsoll.core.statistics.holm import holm
from plimsoll.core.units import format_share

SEED: Final = 20_110_527  # of everything drawn: the same runs give the same comparison
RUNS_MAX: Final = 100  # of a side: 20,000 relabellings of 200 values are 32 MB

Seconds = tuple[Sequence[Sequence[Row]], Sequence[Sequence[Row]]]  # of every run of both sides


@dataclass(frozen=True, slots=True)
class Question:
    """`metric` None takes the one that fits the load. `changed` are aspects that were changed on purpose."""

    metric: Metric | None = None
    floor: float = FLOOR
    changed: Collection[str] = ()
    force: bool = False


def compare(a: Group, b: Group, question: Question, seconds: Callable[[], Seconds]) -> Comparison:
    """`seconds` reads the rows of every run, which are needed where there are few. Raises UsageError."""
    _refuse_impossible(a, b)
    a, b = fit(a), fit(b)
    metric = question.metric or default_metric(open_loop=a.runs[0].facts.open_loop)
    check_known(metric, [run.summary for run in (*a.runs, *b.runs)])
    refused, warnings = _comparability(a, b, question)
    made = Comparison(
        _side(a), _side(b), a.runs[0].facts.scenario, "cannot tell", "", question.floor, not_comparable=refused,
        warnings=warnings, watched=watched(a, b),
    )  # fmt: skip
    if refused:
        return replace(made, because="the runs are not comparable", aspects=_meanable(a, b, question))
    return _tested(made, a, b, metric, seconds)


def fit(group: Group) -> Group:
    """Without the runs that cannot be used, if there are others."""
    unfit = {run.run_id: reason for run in group.runs if (reason := standing_reason(run)) is not None}
    fine = [run for run in group.runs if run.run_id not in unfit]
    if not fine or 2 * len(unfit) > len(group.runs):
        return group
    return replace(group, runs=fine, left_out=(*group.left_out, *unfit.values()))


def _refuse_impossible(a: Group, b: Group) -> None:
    for group in (a, b):
        if not group.runs:
            raise UsageError(f"{group.said} has no runs", remedy="see what there is: plimsoll runs")
        if len(group.runs) > RUNS_MAX:
            raise UsageError(
                f"{len(group.runs)} runs are too many to compare",
                where=group.said,
                why=f"{RUNS_MAX} a side are the most",
                remedy="name some of them: RUN,RUN,RUN",
            )
    both = {run.run_id for run in a.runs} & {run.run_id for run in b.runs}
    if both:
        raise UsageError(
            "a run cannot be compared with itself",
            why=f"{min(both)} stands on both sides",
            remedy="name two runs: plimsoll runs lists them",
        )


def _comparability(a: Group, b: Group, question: Question) -> tuple[list[str], list[str]]:
    """Reasons to refuse, and warnings: reasons that were meant or overruled among them."""
    refused, warnings = [], list(remarks(a, b))
    for found in differences(a, b):
        if found.aspect in question.changed:
            warnings.append(f"changed on purpose: {found.words}")
        elif question.force:
            warnings.append(f"compared in spite of it: {found.words}")
        else:
            refused.append(found.words)
    return refused, warnings


def _meanable(a: Group, b: Group, question: Question) -> list[str]:
    """What --changed takes of what differs; nothing where something else is wrong, which only --force overrules."""
    found = dict.fromkeys(one.aspect for one in differences(a, b))
    return [] if "validity" in found else [aspect for aspect in found if aspect not in question.changed]


def _side(group: Group) -> Side:
    return Side(group.said, [run.run_id for run in group.runs], group.left_out)


def _tested(made: Comparison, a: Group, b: Group, metric: Metric, seconds: Callable[[], Seconds]) -> Comparison:
    measure = _Measure(a, b, seconds, made.floor)
    primary = _judged(measure, metric, measure.effect(metric), made.floor)
    rest = other_metrics([run.summary for run in (*a.runs, *b.runs)], metric)
    effects = corrected([measure.effect(other) for other in rest])
    tested = sum(effect is not None and effect.p is not None for effect in effects)
    too_few = "" if measure.few else too_few_for_others(len(a.runs), len(b.runs), tested)
    pairs = zip(rest, effects, strict=True)
    others = [with_failures_decided(_judged(measure, *pair, made.floor, too_few), a, b) for pair in pairs]
    verdict, because = with_failures(primary.verdict, f"{primary.name} {primary.because}", a, b)
    warnings = (*made.warnings, *_weaknesses(primary.effect, a, b, measure.unread()), *([too_few] if too_few else []))
    return replace(made, verdict=verdict, because=because, primary=primary, others=others, warnings=warnings)


class _Measure:
    """The values of a metric on both sides, and their effect; seconds are read once."""

    def __init__(self, a: Group, b: Group, seconds: Callable[[], Seconds], floor: float) -> None:
        self._floor = floor
        self._sides = (a, b)
        self.few = len(a.runs) + len(b.runs) < T_RUNS_MIN
        self._seconds = seconds if self.few else None
        self._read: Seconds | None = None

    def values(self, metric: Metric) -> tuple[list[float | None], list[float | None]]:
        a, b = ([value_of(run.summary, metric) for run in group.runs] for group in self._sides)
        return a, b

    def unread(self) -> list[str]:
        """Runs that went on for long enough, of which hardly a second could be read."""
        runs = [run for group in self._sides for run in group.runs]
        rows = [rows for side in self._read or () for rows in side]
        return [
            run.run_id
            for run, read in zip(runs, rows, strict=False)
            if len(read) < ROWS_MIN <= run.summary.duration_s / 2
        ]

    def effect(self, metric: Metric) -> Effect | None:
        a, b = ([value for value in side if value is not None] for side in self.values(metric))
        if len(a) < len(self._sides[0].runs) or len(b) < len(self._sides[1].runs):
            return None
        if self._seconds is None:
            return effect_of_runs(a, b, metric.unit, SEED, floor_of(metric.unit, self._floor))
        self._read = self._read or self._seconds()
        return effect_of_few((a, b), self._read, metric, SEED)


def corrected(effects: Sequence[Effect | None]) -> list[Effect | None]:
    """With Holm's correction over all that have a p."""
    known = [effect.p for effect in effects if effect is not None and effect.p is not None]
    ps = iter(holm(known))
    return [
        effect if effect is None or effect.p is None else replace(effect, p_corrected=next(ps)) for effect in effects
    ]


def _judged(measure: _Measure, metric: Metric, effect: Effect | None, floor: float, too_few: str = "") -> Compared:
    a, b = measure.values(metric)
    verdict, because = judge(effect, metric.unit, floor, higher_is_better=metric.higher_is_better, too_few=too_few)
    return Compared(
        metric.name,
        metric.unit,
        metric.higher_is_better,
        a,
        b,
        _typical(a, metric.unit),
        _typical(b, metric.unit),
        effect,
        verdict,
        because,
    )


def _typical(values: Sequence[float | None], unit: Unit) -> float | None:
    """Their mean; of times and rates the geometric one, of which the effect is the ratio."""
    known = [value for value in values if value is not None]
    if not known or (unit != "share" and min(known) <= 0):
        return None
    return round(fmean(known) if unit == "share" else geometric_mean(known), 6)


def _weaknesses(effect: Effect | None, a: Group, b: Group, unread: Sequence[str]) -> list[str]:
    if effect is None or effect.method == "permutation":
        return []
    counts = f"{len(a.runs)} and {len(b.runs)} runs"
    if effect.method == "t":
        return [
            f"weaker: {counts} are too few for a permutation test, so they are taken to vary normally; 4 and 4 suffice"
        ]
    if effect.method == "none":
        if unread:
            return [f"the seconds of {', '.join(unread)} could not be read: intervals.jsonl is damaged or empty"]
        read = f"too little was measured: {counts}, of which less than {ROWS_MIN} s could be read"
        return [f"{read}. Longer ones can be tested, or four in all"]
    assumed = f"{format_share(RUN_VARIATION)} is assumed (one standard deviation)"
    return [f"weaker: {counts} do not tell how far runs of the same differ; {assumed}. --repeat measures it"]
