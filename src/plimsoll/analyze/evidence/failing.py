"""Requests that failed in one way: how many, in which steps, since when, all at once or steadily."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.families import normal
from plimsoll.analyze.evidence.gauges import chart_of
from plimsoll.core.finding import Chart, Figure
from plimsoll.core.units import format_share

FAILED_MIN: Final = 0.01  # of all requests, below which errors are no finding
RISK: Final = 0.35  # at least, of what makes requests fail: wrong comes before slow
STEADY_MIN: Final = 0.8  # of the seconds from the first error to the last
BURST_MAX: Final = 0.2
STEPS_MAX: Final = 5
Course = Literal["steady", "in bursts", "all at once", "on and off", "not known"]


@dataclass(frozen=True, slots=True)
class Failing:
    """`share` is of all requests; `by_step` has each step's own share, the most errors first. `first_s` and `last_s`
    are seconds since the start of the load; `began_with` says that they were there from the stretch's first second on.
    `share_since` is of the requests from the first error to the last.
    """

    count: int
    share: float
    classes: Mapping[str, int]
    by_step: Mapping[str, float]
    first_s: float
    last_s: float
    began_with: bool
    course: Course
    share_since: float
    chart: Chart | None

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(self.by_step)[:STEPS_MAX]

    @property
    def first(self) -> str:
        """The class that most failed with."""
        return next(iter(self.classes))

    @property
    def details(self) -> dict[str, object]:
        return {
            "classes": dict(self.classes),
            "by_step": {step: round(share, 4) for step, share in self.by_step.items()},
            "since_s": self.first_s,
            "until_s": self.last_s,
            "course": self.course,
        }

    @property
    def since(self) -> str:
        """ "from second 12 on, steady"."""
        if self.course == "not known":
            return "when they came is not known"
        if self.began_with:
            return f"from the start, {self.course}"
        part = f" ({format_share(self.share_since)} of the requests then)" if self.course == "steady" else ""
        return f"from second {self.first_s:.0f} on, {self.course}{part}"

    @property
    def named(self) -> str:
        """The classes with their counts, the most first: "57014 (1,204), timeout (3)"."""
        return ", ".join(f"{name} ({count:,})" for name, count in list(self.classes.items())[:5])

    @property
    def where(self) -> str:
        """The steps, each with the share of its requests that failed."""
        return ", ".join(f"{step} ({format_share(share)})" for step, share in list(self.by_step.items())[:STEPS_MAX])


def failing(evidence: Evidence, belongs: Callable[[str], bool], least: float = FAILED_MIN) -> Failing | None:
    """The errors whose class belongs; None where they are fewer than `least` of all requests."""
    classes = _classes(evidence, belongs)
    count, requests = sum(classes.values()), evidence.load.requests
    if not count or count < least * requests:
        return None
    per_second = [
        (second.start_s, failed / second.width_s)
        for second, failed in zip(evidence.load.seconds, _by_second(evidence, belongs, count), strict=True)
        if second.width_s
    ]
    when = [start for start, rate in per_second if rate]
    first, last = (when[0], when[-1]) if when else (evidence.stretch.start_s, evidence.stretch.end_s)
    return Failing(
        count=count,
        share=count / max(1, requests),
        classes=dict(classes.most_common()),
        by_step=_by_step(evidence, belongs),
        first_s=first,
        last_s=last,
        began_with=first <= evidence.stretch.start_s + 1.0,
        course=_course([rate for start, rate in per_second if first <= start <= last]) if when else "not known",
        share_since=min(
            1.0, count / max(1, sum(s.requests for s in evidence.load.seconds if first <= s.start_s <= last))
        ),
        chart=chart_of("requests that failed so", "1/s", per_second) if when else None,
    )


def _requests_between(evidence: Evidence, first_s: float, last_s: float) -> int:
    return sum(second.requests for second in evidence.load.seconds if first_s <= second.start_s <= last_s)


def figures_of(found: Failing, took_ms: float = 0.0) -> tuple[Figure, ...]:
    took = (Figure("a failed request took, in the median", round(took_ms, 1), "ms"),) if took_ms else ()
    return (
        Figure("requests that failed so", round(found.share, 4), "share", FAILED_MIN),
        Figure("errors", float(found.count), "count"),
        *(() if found.course == "not known" else (Figure("first one at", round(found.first_s, 1), "s"),)),
        *took,
    )


def failed_ms(evidence: Evidence, found: Failing) -> float:
    """What failed requests took in the median, of the slowest of the steps that failed so; 0 where it is not known."""
    steps = (step for step in evidence.load.steps if step.label in found.by_step)
    return max((step.failed_p50_ms or 0.0 for step in steps), default=0.0)


def told(evidence: Evidence, found: Failing) -> str:
    """The first message of the first class, as the run has kept it."""
    said = next((text for text in evidence.summary.warnings if text.startswith(f"{found.first}: ")), "")
    return f" The first one said: {said.removeprefix(f'{found.first}: ')[:200]}" if said else ""


def _classes(evidence: Evidence, belongs: Callable[[str], bool]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for step in evidence.load.steps:
        for name, count in step.error_classes.items():
            if belongs(normal(name)):
                counts[normal(name)] += count
    return counts


def _matching(classes: Mapping[str, int], belongs: Callable[[str], bool]) -> int:
    return sum(count for name, count in classes.items() if belongs(normal(name)))


def _by_second(evidence: Evidence, belongs: Callable[[str], bool], count: int) -> Sequence[int]:
    """How many failed so in each second. A file tells no classes by the second: where all errors belong, all are it."""
    seconds = evidence.load.seconds
    if not any(second.error_classes for second in seconds) and sum(second.errors for second in seconds) == count:
        return [second.errors for second in seconds]
    return [_matching(second.error_classes, belongs) for second in seconds]


def _by_step(evidence: Evidence, belongs: Callable[[str], bool]) -> Mapping[str, float]:
    counted = []
    for step in evidence.load.steps:
        count = _matching(step.error_classes, belongs)
        if count:
            counted.append((count, step.label, count / step.count))
    return {label: share for _, label, share in sorted(counted, key=lambda one: -one[0])}


def _course(rates: Sequence[float]) -> Course:
    """Of the seconds from the first error to the last."""
    if len(rates) <= 2:
        return "all at once"
    hit = sum(rate > 0 for rate in rates) / len(rates)
    return "steady" if hit >= STEADY_MIN else "in bursts" if hit <= BURST_MAX else "on and off"
