"""Recommendations on a page: the priority matrix, then each by term, with how to do it."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.finding import How, Recommendation
from plimsoll.report.analysis.matrix import WEIGHTS, cells
from plimsoll.report.analysis.words import EFFORTS, TERM_WORDS, by_term, headline
from plimsoll.report.markup import Html, element, joined, text

ADVICE_MAX: Final = 50
NUMBERS_MAX: Final = 20  # in a cell of the matrix
HOW_LINES_MAX: Final = 60
MEANS: Final = {
    "sql": "SQL", "setting": "Setting", "code": "Code", "command": "Command", "check": "Look whether"
}  # fmt: skip


def advice_html(advice: Sequence[Recommendation]) -> Html:
    shown = advice[:ADVICE_MAX]
    if not shown:
        return element("p", "Nothing is recommended: there is no finding to act on.", class_="empty")
    numbers = {id(one): number for number, one in enumerate(shown, 1)}
    groups = [
        joined(element("h3", TERM_WORDS[term]), *(_advice(numbers[id(one)], one) for one in found))
        for term, found in by_term(shown)
    ]
    rest = len(advice) - len(shown)
    more = element("p", f"{rest:,} more are in analysis.json.", class_="soft") if rest > 0 else Html()
    return joined(matrix_html(shown), *groups, more)


def matrix_html(advice: Sequence[Recommendation]) -> Html:
    """Impact by effort: what stands at the top left gives most for the least work."""
    found = cells(advice)
    head = element("tr", element("td"), *(element("th", effort, scope="col") for effort in EFFORTS))
    rows = [
        element("tr", element("th", words, scope="row"),
                *(element("td", *_links(found.get((weight, effort), ()))) for effort in EFFORTS))
        for weight, (_, words) in WEIGHTS.items()
    ]  # fmt: skip
    caption = element("caption", "Priorities: impact by effort; the numbers are those below, in the order to do them")
    whole = element("table", caption, element("thead", head), element("tbody", *rows), class_="matrix")
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label="priorities")


def _links(numbers: Sequence[int]) -> Sequence[Html]:
    links = [element("a", str(number), href=f"#advice-{number}") for number in numbers[:NUMBERS_MAX]]
    return [*links, *([element("span", "…")] if len(numbers) > NUMBERS_MAX else [])] or [text("–")]


def _advice(number: int, one: Recommendation) -> Html:
    facts = (("Effort", one.effort), ("Expected", one.effect), ("Because", one.basis), ("Risk", one.risk))
    said = [joined(element("dt", name), element("dd", words)) for name, words in facts if words]
    return element(
        "article",
        element("h4", f"{number}. {headline(one.what)}"),
        element("dl", *said, class_="pairs"),
        *map(how_html, one.how),
        class_="advice",
        id=f"advice-{number}",
    )


def how_html(how: How) -> Html:
    """A click selects all of what is to be copied."""
    label = f"{MEANS.get(how.means, how.means)}, {how.note}" if how.note else MEANS.get(how.means, how.means)
    lines = [text(line) for line in how.text.splitlines()[:HOW_LINES_MAX]]
    return joined(element("p", label, class_="soft means"), element("pre", Html("\n".join(lines)), class_="copyable"))
