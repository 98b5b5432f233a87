"""What runs are compared by: a figure of the whole, of a step or of a journey, one value a run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from plimsoll.core.comparison import Unit
from plimsoll.core.errors import UsageError
from plimsoll.core.summary import JourneySummary, Spread, StepSummary, Summary

TOTAL: Final = ""
STEPS_MAX: Final = 20  # tested beside the primary metric: each makes all of them weaker
QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
_TOTALS: Final = (*QUANTILES, "mean", "rate", "journeys", "errors")
_PARTS: Final = (*QUANTILES, "mean", "errors")


@dataclass(frozen=True, slots=True)
class Metric:
    """`figure` is one of `_TOTALS`; `scope` is "" for all requests, "step:NAME" or "journey:NAME"."""

    figure: str
    scope: str = TOTAL

    @property
    def name(self) -> str:
        return f"{self.scope}:{self.figure}" if self.scope else self.figure

    @property
    def unit(self) -> Unit:
        return "share" if self.figure == "errors" else "/s" if self.higher_is_better else "ms"

    @property
    def higher_is_better(self) -> bool:
        return self.figure in ("rate", "journeys")


def read_metric(text: str) -> Metric:
    """The metric of "p95", "errors" or "step:look up account:p95". Raises UsageError."""
    scope, _, figure = text.strip().rpartition(":")
    figure = {"p999": "p99.9", "journeys_per_s": "journeys", "rate_per_s": "rate"}.get(figure.strip(), figure.strip())
    scope = scope.strip()
    known = _PARTS if scope else _TOTALS
    if figure not in known or (scope and not scope.startswith(("step:", "journey:"))):
        raise UsageError(
            f"{text!r} is not a metric to compare by",
            why=f"there are {', '.join(_TOTALS)}; of a step or a journey {', '.join(_PARTS)}",
            remedy=f"--metric {next(iter(get_close_matches(figure, known, 1)), 'p95')}, or --metric 'step:NAME:p95'",
        )
    return Metric(figure, scope)


def default_metric(*, open_loop: bool) -> Metric:
    """An open loop fixes how much is asked, so that answers tell; a closed one sends what it gets done."""
    return Metric("p95") if open_loop else Metric("journeys")


def other_metrics(summaries: Sequence[Summary], primary: Metric) -> list[Metric]:
    """Everything else worth a look; of steps those that every run has, at most `STEPS_MAX`, the most frequent."""
    counts = [{step.name: step.count for step in summary.steps} for summary in summaries]
    shared = set.intersection(*(set(found) for found in counts))
    common = sorted(sorted(shared, key=lambda name: -sum(found[name] for found in counts))[:STEPS_MAX])
    found = [Metric(figure) for figure in ("p50", "p95", "p99", "rate", "journeys", "errors")]
    found += [Metric("p95", f"step:{name}") for name in common] if len(common) > 1 else []
    return [metric for metric in found if metric != primary]


def check_known(metric: Metric, summaries: Iterable[Summary]) -> None:
    """Raises UsageError where no run has the step or journey."""
    names = sorted({scope for summary in summaries for scope in _scopes(summary)})
    if metric.scope and metric.scope not in names:
        near = next(iter(get_close_matches(metric.scope, names, 1)), None)
        raise UsageError(
            f"no run has {metric.scope!r}",
            why=f"there are {', '.join(names[:20])}",
            remedy=f"--metric '{near or names[0] if names else 'p95'}:{metric.figure}'" if names else "--metric p95",
        )


def value_of(summary: Summary, metric: Metric) -> float | None:
    """A run's value; None where nothing was measured of it."""
    if metric.scope:
        part = _scopes(summary).get(metric.scope)
        return None if part is None else _of_part(part, metric.figure)
    told = _OF_TOTAL.get(metric.figure)
    return told(summary) if told is not None else spread_value(summary.latency_ms, metric.figure)


def asked_of(summary: Summary) -> int:
    """What should have been done, drops and what was cut off included."""
    return summary.requests + summary.dropped + summary.incomplete


def failed_of(summary: Summary) -> int:
    """What of that was not: errors, drops, and what was cut off."""
    return summary.errors + summary.dropped + summary.incomplete


def failed_share(summary: Summary) -> float | None:
    asked = asked_of(summary)
    return failed_of(summary) / asked if asked else None


def spread_value(spread: Spread, figure: str) -> float | None:
    name = {"p99.9": "p999"}.get(figure, figure)
    value: float | None = getattr(spread, name)
    return value


def _of_part(part: StepSummary | JourneySummary, figure: str) -> float | None:
    if figure == "errors":
        return part.errors / part.count if part.count else None
    return spread_value(part.latency_ms, figure)


def _scopes(summary: Summary) -> dict[str, StepSummary | JourneySummary]:
    """Of steps with the same name in several journeys the one asked most."""
    steps = {f"step:{step.name}": step for step in sorted(summary.steps, key=lambda step: step.count)}
    return {**steps, **{f"journey:{journey.name}": journey for journey in summary.journeys}}


_OF_TOTAL: Final[Mapping[str, Callable[[Summary], float | None]]] = {
    "rate": lambda summary: summary.rate_per_s,
    "journeys": lambda summary: summary.journeys_per_s,
    "errors": failed_share,
}
