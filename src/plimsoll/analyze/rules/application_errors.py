"""The application answers with errors of its own: HTTP 5xx, or an internal error of the database (XX000, P0001)."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import Failing, failing, figures_of
from plimsoll.analyze.evidence.families import is_server_error
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_ms, format_share

KIND: Final = "application-errors"
GATEWAY: Final = frozenset(("HTTP 502",))


def examine(evidence: Evidence) -> Iterator[Finding]:
    found = failing(evidence, is_server_error)
    if found is not None:
        yield _finding(evidence, found)


def _finding(evidence: Evidence, found: Failing) -> Finding:
    took = _failed_ms(evidence, found)
    figures = (
        *figures_of(found),
        *((Figure("a failed request took, in the median", round(took, 1), "ms"),) if took else ()),
    )
    return Finding(
        kind=KIND,
        layer="application" if any(name.startswith("HTTP") for name in found.classes) else "database",
        subject=next(iter(found.classes)),
        title=f"{format_share(found.share)} of the requests are answered with an error of the server ({found.named})",
        explanation=f"{_meaning(found)} Where: {found.where}; {found.since}.{_quick(took)}",
        confidence="confirmed",
        confirm_by="the application's log at that time holds the exception; the run's warnings hold the first message",
        failed=found.share,
        figures=figures,
        chart=found.chart,
        steps=found.steps,
        details={
            "classes": dict(found.classes),
            "by_step": {step: round(share, 4) for step, share in found.by_step.items()},
            "since_s": found.first_s,
            "until_s": found.last_s,
            "course": found.course,
        },
    )


def _meaning(found: Failing) -> str:
    first = next(iter(found.classes))
    if first in GATEWAY:
        return (
            "A gateway got no usable answer from the application behind it (502): it is down, restarts, or closes "
            "early."
        )
    if first.startswith("HTTP"):
        return (
            "The application failed at what it was asked for: an exception that nobody caught, or one behind it failed."
        )
    return "The database, or a function in it, raised an error that is not the statement's."


def _quick(took: float) -> str:
    return f" A failed request took {format_ms(took)} in the median." if took else ""


def _failed_ms(evidence: Evidence, found: Failing) -> float:
    return max((step.failed_p50_ms or 0.0 for step in evidence.load.steps if step.label in found.by_step), default=0.0)
