"""Requests that are turned away on purpose: HTTP 429, and 503 where it comes at once, or from our own balancer."""

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
REFUSED_MIN: Final = 0.5  # of the 503s that the balancer counts too: it is looked at every two seconds

_WHYS: Final[Mapping[bool | None, str]] = {
    True: "They are answered at once: whoever answers does not try to serve them. That is load shedding, a limit on "
    "requests under way or waiting, or a balancer without a healthy server.",
    False: "They are answered only after a while: something that the application needs did not come in time, a "
    "connection from its pool for one, or a service behind it.",
    None: "Whether they are answered at once or after a wait cannot be told: too few others succeed to compare with.",
}


_DOOR: Final = "while --workers or the database's connections keep fewer workers than the load asks for"


def examine(evidence: Evidence) -> Iterator[Finding]:
    limited = failing(evidence, lambda name: name == LIMITED)
    if limited is not None:
        yield _limited(evidence, limited)
    unavailable = failing(evidence, lambda name: name == UNAVAILABLE)
    if unavailable is not None:
        served = _refused_by(evidence, unavailable)
        yield _unavailable(evidence, unavailable) if not served else _refused(evidence, unavailable, served)


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


def _refused_by(evidence: Evidence, found: Failing) -> str:
    """The application behind `plimsoll serve` whose balancer refused most of them; "" where none says so."""
    by = evidence.gauges.by_label("scaling_refused_per_s", "served")
    served, refused_per_s = next(iter(by.items()), ("", 0.0))
    return served if refused_per_s * evidence.load.duration_s >= REFUSED_MIN * found.count else ""


def _refused(evidence: Evidence, found: Failing, served: str) -> Finding:
    refused = (evidence.gauges.mean("scaling_refused_per_s", served=served) or 0.0) * evidence.load.duration_s
    let_in = evidence.gauges.lowest("scaling_admit_per_s", served=served)
    through = _through(evidence)
    door = "" if let_in is None else f", and what is more than it lets in, {format_rate(let_in)} at the least, {_DOOR}"
    bounds = " and " if let_in is None else ", "
    return Finding(
        kind=SHEDDING,
        layer="application",
        subject="HTTP 503",
        title=f"{format_share(found.share)} of the requests are refused by the balancer of {served} with 503"
        f"{_getting_through(through)}",
        explanation=f"Plimsoll's own balancer answers so, not the application: it counted about {refused:,.0f} that it "
        f"refused, the load {found.count:,} with 503. It refuses what finds --queue requests waiting{bounds}what has "
        f"waited for a worker for --queue-timeout{door}. Where: {found.where}; {found.since}.",
        confidence="confirmed",
        confirm_by="run again with a higher maximum of --workers, or a longer --queue and --queue-timeout: fewer are "
        "refused",
        failed=found.share,
        risk=RISK,
        figures=(
            *_figures(found, through),
            Figure("requests that the balancer refused", round(refused), "count"),
            *(() if let_in is None else (Figure("requests let in, at the least", round(let_in, 1), "1/s"),)),
        ),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s, "refused_by": served},
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
