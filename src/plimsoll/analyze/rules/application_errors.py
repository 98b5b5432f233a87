"""Errors of the application: HTTP 5xx, statements that the database refuses, and internal errors of the database."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import RISK, Failing, failed_ms, failing, figures_of, told
from plimsoll.analyze.evidence.families import is_server_error, is_statement_mistake
from plimsoll.core.finding import Finding, Layer
from plimsoll.core.units import format_ms, format_share

KIND: Final = "application-errors"
MISTAKES: Final = "statement-errors"
GATEWAY: Final = "HTTP 502"


def examine(evidence: Evidence) -> Iterator[Finding]:
    found = failing(evidence, is_server_error)
    if found is not None:
        http = any(name.startswith("HTTP") for name in found.classes)
        yield _finding(evidence, KIND, found, _meaning(found), "application" if http else "database")
    wrong = failing(evidence, is_statement_mistake)
    if wrong is not None:
        yield _finding(evidence, MISTAKES, wrong, _mistake(wrong), "application")


def _finding(evidence: Evidence, kind: str, found: Failing, meaning: str, layer: Layer) -> Finding:
    took = failed_ms(evidence, found)
    quick = f" A failed request took {format_ms(took)} in the median." if took else ""
    return Finding(
        kind=kind,
        layer=layer,
        subject=found.first,
        title=f"{format_share(found.share)} of the requests fail with an error of the "
        f"{'database' if not found.first.startswith('HTTP') else 'application'} ({found.named})",
        explanation=f"{meaning} Where: {found.where}; {found.since}.{quick}{told(evidence, found)}",
        confidence="confirmed",
        confirm_by=_confirm(found),
        failed=found.share,
        risk=RISK,
        figures=figures_of(found, took),
        chart=found.chart,
        steps=found.steps,
        details=found.details,
    )


def _confirm(found: Failing) -> str:
    if found.first.startswith("HTTP"):
        return "the application's log at that time holds the exception"
    return "run such a statement by hand, with the same values"


def _meaning(found: Failing) -> str:
    if found.first == GATEWAY:
        return "A gateway got no usable answer from the application behind it: it is down, restarts, or closes early."
    if found.first.startswith("HTTP"):
        return (
            "The application failed at what it was asked for: an exception that nobody caught, or something behind "
            "it that failed."
        )
    return "The database, or a function in it, raised an error that is not the statement's."


def _mistake(found: Failing) -> str:
    known = [text for prefix, text in _MISTAKES.items() if any(name.startswith(prefix) for name in found.classes)]
    return f"The database refuses the statement: {'; '.join(known)}. The scenario, its data or the schema is wrong."


_MISTAKES: Final = {
    "23505": "a key that is there already (23505): several users draw the same one, or a run before left it",
    "23503": "a row that is referred to is missing or still in use (23503)",
    "23": "the data violates a constraint (class 23)",
    "42P01": "a table that is missing here (42P01)",
    "42": "the statement itself is wrong (class 42): a name, a type or its grammar",
    "22": "a value that does not fit (class 22)",
    "25": "the transaction may not do that, or has failed before (class 25)",
    "26": "a prepared statement that the server does not know (class 26), as behind a pooler",
    "0A": "something that the server does not do, or a plan that no longer fits (0A000)",
}
