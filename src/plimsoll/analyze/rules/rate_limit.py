"""Requests that are turned away on purpose: HTTP 429, and 503 where it comes at once."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import RISK, Failing, failing, figures_of
from plimsoll.analyze.evidence.families import LIMITED, UNAVAILABLE
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_rate, format_share

KIND: Final = "rate-limit"
SHEDDING: Final = "load-shedding"
QUICK: Final = 0.5  # of what a request takes in the median: nobody has tried to serve it


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
        title=f"{format_share(found.share)} of the requests are turned away by a rate limit; {format_rate(through)} "
        f"get through",
        explanation="The application or a gateway before it allows a client only so many requests in a time (429), and "
        "all of the load comes from one or a few addresses or accounts. What is measured is the limit, not the "
        "capacity. "
        f"Where: {found.where}; {found.since}.",
        confidence="confirmed",
        confirm_by="lift the limit for the load's addresses or accounts, or use more accounts, and run again",
        failed=found.share,
        risk=RISK,
        figures=(*figures_of(found), Figure("requests that get through", round(through, 1), "1/s")),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s, "through_per_s": round(through, 2)},
    )


def _unavailable(evidence: Evidence, found: Failing) -> Finding:
    quick = _is_quick(evidence, found)
    through = _through(evidence)
    why = (
        "They are answered at once: whoever answers does not try to serve them. That is load shedding, a limit on "
        "requests under way or waiting, or a balancer without a healthy server."
        if quick
        else "They are answered only after a while: something that the application needs did not come in time, a "
        "connection from its pool for one, or a service behind it."
    )
    return Finding(
        kind=SHEDDING,
        layer="application",
        subject="HTTP 503",
        title=f"{format_share(found.share)} of the requests are answered with 503; {format_rate(through)} get through",
        explanation=f"{why} Where: {found.where}; {found.since}.",
        confidence="confirmed" if quick else "likely",
        confirm_by="the log of the application or of the balancer says who answers so, and why",
        failed=found.share,
        risk=RISK,
        figures=(*figures_of(found), Figure("requests that get through", round(through, 1), "1/s")),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s, "at_once": quick},
    )


def _through(evidence: Evidence) -> float:
    load = evidence.load
    return (load.requests - load.errors) / load.duration_s if load.duration_s else 0.0


def _is_quick(evidence: Evidence, found: Failing) -> bool:
    """The median of failed ones against that of all, in the step that fails most."""
    step = next(step for step in evidence.load.steps if step.label == found.steps[0])
    return step.failed_p50_ms is not None and step.failed_p50_ms <= QUICK * (step.p50_ms or 0.0)
