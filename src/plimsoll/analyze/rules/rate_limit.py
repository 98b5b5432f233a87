"""Requests that are turned away on purpose: HTTP 429, and 503 where it comes at once."""

from collections.abc import Iterator, Mapping
from statistics import pvariance
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import RISK, Failing, failed_ms, failing, figures_of
from plimsoll.analyze.evidence.families import LIMITED, UNAVAILABLE
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_ms, format_rate, format_share

KIND: Final = "rate-limit"
SHEDDING: Final = "load-shedding"
QUICK: Final = 0.5  # of what a request takes that succeeds: nobody has tried to serve it
SECONDS_MIN: Final = 5
FLAT_MAX: Final = 0.5  # of the variance by chance
AT_ONCE_MS: Final = 10.0  # no limit of time is as short

_WHYS: Final[Mapping[bool | None, str]] = {
    True: "They are answered at once: whoever answers does not try to serve them. That is load shedding, a limit on "
    "requests under way or waiting, or a balancer without a healthy server.",
    False: "They are answered only after a while: something that the application needs did not come in time, a "
    "connection from its pool for one, or a service behind it.",
    None: "Whether they are answered at once or after a wait cannot be told: too few others succeed to compare with.",
}


def examine(evidence: Evidence) -> Iterator[Finding]:
    limited = failing(evidence, lambda name: name == LIMITED)
    if limited is not None:
        yield _limited(evidence, limited)
    unavailable = failing(evidence, lambda name: name == UNAVAILABLE)
    if unavailable is not None:
        yield _unavailable(evidence, unavailable)


def _limited(evidence: Evidence, found: Failing) -> Finding:
    through = _through(evidence)
    return Finding(
        kind=KIND,
        layer="application",
        subject="HTTP 429",
        title=f"{format_share(found.share)} of the requests are turned away by a rate limit{_getting_through(through)}",
        explanation="The application or a gateway before it allows a client only so many requests in a time (429), and "
        "all of the load comes from one or a few addresses or accounts. "
        f"{'What is measured is the limit, not the capacity. ' if is_flat(evidence, found) else ''}"
        f"Where: {found.where}; {found.since}.",
        confidence="confirmed",
        confirm_by="lift the limit for the load's addresses or accounts, or use more accounts, and run again",
        failed=found.share,
        risk=RISK,
        figures=_figures(found, through),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s, "through_per_s": round(through or 0.0, 2)},
    )


def is_flat(evidence: Evidence, found: Failing) -> bool:
    """What gets through varies less than if requests were turned away at random, each with the same chance."""
    seconds = evidence.load.seconds
    through = [one.requests - one.errors for one in seconds]
    if len(through) < SECONDS_MIN:
        return False
    return pvariance(through) < FLAT_MAX * found.count * (1 - found.share) / len(through)


def _unavailable(evidence: Evidence, found: Failing) -> Finding:
    quick, took = is_quick(evidence, found), failed_ms(evidence, found)
    through = _through(evidence)
    why = f"{_WHYS[quick]}{f' One took {format_ms(took)} in the median.' if took else ''}"
    return Finding(
        kind=SHEDDING,
        layer="application",
        subject="HTTP 503",
        title=f"{format_share(found.share)} of the requests are answered with 503{_getting_through(through)}",
        explanation=f"{why} Where: {found.where}; {found.since}.",
        confidence="confirmed" if quick else "likely",
        confirm_by="the log of the application or of the balancer says who answers so, and why",
        failed=found.share,
        risk=RISK,
        figures=_figures(found, through),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s, "at_once": quick},
    )


def _through(evidence: Evidence) -> float | None:
    """None of requests without times."""
    load = evidence.load
    return (load.requests - load.errors) / load.duration_s if load.duration_s else None


def _getting_through(through: float | None) -> str:
    return "" if through is None else f"; {format_rate(through)} get through"


def _figures(found: Failing, through: float | None) -> tuple[Figure, ...]:
    known = () if through is None else (Figure("requests that get through", round(through, 1), "1/s"),)
    return (*figures_of(found), *known)


def is_quick(evidence: Evidence, found: Failing) -> bool | None:
    """The median of failed ones against what others take, in the step that fails most; None where nothing tells."""
    step = next(step for step in evidence.load.steps if step.label == found.steps[0])
    took, others = step.failed_p50_ms, step.succeeded_ms
    if took is not None and took <= AT_ONCE_MS:
        return True
    return None if took is None or others is None else took <= QUICK * others
