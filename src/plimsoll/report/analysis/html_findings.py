"""A finding on a page: what is wrong, how we know, what to do, what would prove it. Each reads the same way."""

from collections.abc import Iterable, Sequence
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.finding import Finding, Recommendation, Suspect
from plimsoll.report.analysis.sparkline import sparkline
from plimsoll.report.analysis.terminal_findings import suspect_words
from plimsoll.report.analysis.words import advice_of, cost_words, figure_words, headline, sentence, weight_words
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, table
from plimsoll.report.words import plain, statement_words

FIGURES_MAX: Final = 20
STEPS_MAX: Final = 20
STATEMENTS_MAX: Final = 10
LINE_CHARACTERS: Final = 100  # of a statement that is folded
SEVERITIES: Final = {"critical": "bad", "high": "bad", "medium": "doubt", "low": "soft"}


def finding_html(number: int, finding: Finding, advice: Sequence[Recommendation], to_advice: str = "") -> Html:
    severity = element("b", finding.severity.capitalize(), class_=SEVERITIES[finding.severity])
    cost = element("p", sentence(cost_words(finding))) if cost_words(finding) else Html()
    return element(
        "article",
        element("h3", f"{number}. ", severity, " ", headline(finding.title)),
        element("p", weight_words(finding), class_="soft"),
        element("p", finding.explanation),
        cost,
        _proof(finding),
        *_where(finding),
        _todo(finding, advice, to_advice),
        element("p", element("b", "What would confirm it: "), finding.confirm_by),
        class_="finding",
        id=f"finding-{number}",
    )


def _proof(finding: Finding) -> Html:
    """How we know: figures, and beside them the line over the run."""
    figures: list[Sequence[Cell]] = [figure_words(figure) for figure in finding.figures[:FIGURES_MAX]]
    shown = [table(("Evidence", ">Value", ">Held against"), figures, "evidence")] if figures else []
    drawn = [sparkline(finding.chart, finding.layer)] if finding.chart is not None else []
    return element("div", *shown, *drawn, class_="proof") if shown or drawn else Html()


def _where(finding: Finding) -> Iterable[Html]:
    if finding.steps:
        rest = len(finding.steps) - STEPS_MAX
        more = f" and {counted(rest, 'more step')}" if rest > 0 else ""
        yield element("p", element("b", "In "), ", ".join(plain(step) for step in finding.steps[:STEPS_MAX]), more)
    for one in finding.statements[:STATEMENTS_MAX]:
        yield statement_html(one)


def statement_html(one: Suspect) -> Html:
    """One line; the whole of a longer one on a click."""
    words = statement_words(one.query, one.query_id)
    said = element("p", suspect_words(one), class_="soft")
    if len(words) <= LINE_CHARACTERS:
        return element("div", element("pre", words, class_="copyable"), said, class_="statement")
    head = element("summary", element("code", plain(words, LINE_CHARACTERS)))
    return element("div", element("details", head, element("pre", words, class_="copyable")), said, class_="statement")


def _todo(finding: Finding, advice: Sequence[Recommendation], elsewhere: str) -> Html:
    found = advice_of(finding, advice)
    if not found:
        return Html()
    numbers = {id(one): number for number, one in enumerate(advice, 1)}
    within = "" if elsewhere else None  # of the dashboard
    links = [
        element("a", headline(one.what), href=elsewhere or f"#advice-{numbers[id(one)]}", data_in=within)
        for one in found[:3]
    ]
    return element("p", element("b", "What to do: "), *_between(links, "; "))


def _between(parts: Sequence[Html], sign: str) -> Iterable[str]:
    for at, one in enumerate(parts):
        yield joined(sign if at else "", one)
