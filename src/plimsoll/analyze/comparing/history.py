"""One metric over the history of runs: those that are like the newest, and where their level changed."""

import re
from collections.abc import Sequence
from typing import Final

from plimsoll.analyze.comparing.comparability import differences, standing_reason
from plimsoll.analyze.comparing.comparing import SEED
from plimsoll.analyze.comparing.effects import scaled, unscaled
from plimsoll.analyze.comparing.judging import floor_of
from plimsoll.analyze.comparing.metrics import Metric, default_metric, value_of
from plimsoll.analyze.comparing.runs import ComparedRun, Group
from plimsoll.core.comparison import Unit
from plimsoll.core.statistics.change_points import ChangePoint, change_points
from plimsoll.core.trend import LeftOut, LevelChange, Trend, TrendPoint

# Servers, settings and data change over a history: that is what it is to show. Other loads are other histories.
OTHER_LOAD: Final = ("validity", "scenario", "profile", "connections", "machine")


def trend_of(runs: Sequence[ComparedRun], metric: Metric | None, floor: float) -> Trend:
    """Of runs in the order of time, one at least."""
    newest = runs[-1]
    metric = metric or default_metric(open_loop=newest.facts.open_loop)
    points, left_out = _sorted_out(runs, newest, metric)
    return Trend(
        scenario=newest.facts.scenario,
        environment=newest.facts.environment,
        profile=newest.facts.profile_name,
        like=newest.run_id,
        metric=metric.name,
        unit=metric.unit,
        higher_is_better=metric.higher_is_better,
        floor=floor_of(metric.unit, floor),
        points=points,
        changes=_changes(points, metric, floor),
        left_out=left_out,
    )


def _sorted_out(
    runs: Sequence[ComparedRun], newest: ComparedRun, metric: Metric
) -> tuple[list[TrendPoint], list[LeftOut]]:
    points, left_out = [], []
    for run in runs:
        value = value_of(run.summary, metric)
        why = _why_not(run, newest, value, metric.unit)
        if why is None and value is not None:
            points.append(TrendPoint(run.run_id, run.facts.started_at, value))
        else:
            left_out.append(LeftOut(run.run_id, why or ""))
    return points, left_out


def _why_not(run: ComparedRun, newest: ComparedRun, value: float | None, unit: Unit) -> str | None:
    """Why a run is not of this history; None where it is. The newest may be one that cannot be believed."""
    if (reason := standing_reason(run)) is not None:
        return reason.removeprefix(f"{run.run_id} ")
    if value is None or (unit != "share" and value <= 0):
        return "nothing was measured of it"
    if run.facts.environment != newest.facts.environment:
        return f"another environment: {run.facts.environment}"
    found = differences(Group("", [run]), Group("", [newest]))
    return next((f"{_in_history(one.words)}" for one in found if one.aspect in OTHER_LOAD[1:]), None)


def _in_history(words: str) -> str:
    return re.sub(r" in B\b", " in the newest", re.sub(r" in A\b", " here", words))


def _changes(points: Sequence[TrendPoint], metric: Metric, floor: float) -> list[LevelChange]:
    values = [scaled(point.value, metric.unit) for point in points]
    least = floor_of(metric.unit, floor)
    found = change_points(values, SEED, least=scaled(1 + least, metric.unit) if metric.unit != "share" else least)
    return [_change(points[one.at].run_id, one, metric) for one in found]


def _change(run_id: str, found: ChangePoint, metric: Metric) -> LevelChange:
    difference = found.after - found.before
    before, after = (
        round(value if metric.unit == "share" else unscaled(value, metric.unit) + 1, 6)
        for value in (found.before, found.after)
    )
    better = (difference > 0) == metric.higher_is_better
    effect = round(unscaled(difference, metric.unit), 6)
    return LevelChange(run_id, before, after, effect, found.p, "better" if better else "worse")


def what_changed(before: ComparedRun, after: ComparedRun) -> list[str]:
    """What else differs between the runs on both sides of a change."""
    versions = [run.facts.versions.get("plimsoll", "?") for run in (before, after)]
    ours = [f"Plimsoll: {versions[0]} in A, {versions[1]} in B"] if versions[0] != versions[1] else []
    told = (*(one.words for one in differences(Group("", [before]), Group("", [after]))), *ours)
    return [_in_time(words) for words in told]


def _in_time(words: str) -> str:
    """A history has no sides."""
    return re.sub(r" in B\b", " after", re.sub(r" in A\b", " before", words))
