"""A tuning as a page: the verdict, what to change, each statement before and after, what was not advised, and why."""

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Advised, Rejected, Tuning
from plimsoll.core.tuning.applied import Applied
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import UNKNOWN, format_duration
from plimsoll.report.html import page, titled
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import ROWS_MAX, Cell, moment, table
from plimsoll.report.tuning.effects import effect_words, queries_of, short_statement
from plimsoll.report.tuning.html_changes import change_html
from plimsoll.report.tuning.html_statements import statements_html, told_table
from plimsoll.report.tuning.verdict import class_of, title_of, titled_words, verdict_words
from plimsoll.report.tuning.words import (
    CHANGES_MAX,
    STANDINGS,
    budget_words,
    copy_words,
    gain_words,
    left_out_of,
    notes_of,
    origin_words,
    rejected_in_order,
    size_words,
    todo_words,
    writing_words,
)
from plimsoll.report.words import sentence
from plimsoll.settings.masking import mask

NOTES_MAX: Final = 50
STATEMENT_CHARACTERS: Final = 120
STANDING_CLASSES: Final = {"proved": "met", "estimated": "doubt", "explained": "soft"}
OVERVIEW: Final = (">#", "Change", "Gives", "Size", "Writes")


def tuning_page(tuning: Tuning) -> str:
    """One file that opens offline."""
    content = joined(opening_html(tuning), element("main", *_sections(tuning)))
    return page(f"{title_of(tuning)}, {tuning.database}: Plimsoll", content, {}, style())


def style() -> str:
    return resources.files("plimsoll.report.tuning").joinpath("tuning.css").read_text(encoding="utf-8")


def opening_html(tuning: Tuning) -> Html:
    made = (f"made {moment(tuning.made_at.isoformat())}", f"in {format_duration(tuning.seconds)}")
    return element(
        "header",
        element(
            "p", "Plimsoll tuning ", element("b", tuning.id), " of ", element("b", tuning.database), class_="eyebrow"
        ),
        element(
            "div",
            element("p", title_of(tuning), class_="word"),
            element("h1", verdict_words(tuning)),
            class_=f"verdict {class_of(tuning)}",
        ),
        element("p", " · ".join((origin_words(tuning), *made)), class_="where"),
    )


def verdict_html(tuning: Tuning) -> Html:
    """The sentence, and what it is of, where it stands on a page among others."""
    made = f"made {moment(tuning.made_at.isoformat())} in {format_duration(tuning.seconds)}"
    return element(
        "div",
        element("p", titled_words(tuning), class_="sentence"),
        element("p", f"{tuning.id} · {origin_words(tuning)} · {made}", class_="soft"),
        class_=f"said {class_of(tuning)}",
    )


def _sections(tuning: Tuning) -> Iterable[Html]:
    yield titled("What to change", changes_html(tuning))
    if tuning.together is not None:
        yield titled("Every statement, before and after all changes", statements_html(tuning))
    if tuning.rejected:
        yield titled("Looked at and not advised", rejected_html(tuning))
    if todo_words(tuning):
        yield titled("What to do next", todo_html(tuning))
    yield titled("What this rests on", grounds_html(tuning))


def changes_html(tuning: Tuning) -> Html:
    """An overview, then each with all that one needs to decide and to do it."""
    if not tuning.advised:
        return element("p", "Nothing is advised; the verdict says why.", class_="empty")
    shown, queries = tuning.advised[:CHANGES_MAX], queries_of(tuning)
    rest = len(tuning.advised) - len(shown)
    more = element("p", f"{counted(rest, 'more change')}: see tuning.json.", class_="soft") if rest > 0 else Html()
    articles = (change_html(number, one, queries) for number, one in enumerate(shown, 1))
    return joined(overview_html(shown), *articles, more)


def overview_html(advised: Sequence[Advised]) -> Html:
    note = " · ".join(
        f"{name}: {words}" for name, words in STANDINGS.items() if any(one.standing == name for one in advised)
    )
    rows = [_row(number, one) for number, one in enumerate(advised, 1)]
    return element("div", table(OVERVIEW, rows, "changes", note), class_="overview")


def _row(number: int, one: Advised) -> tuple[Cell, ...]:
    """On a phone the first columns are seen without scrolling: what, how sure, and what it gives."""
    link = element("a", one.change.title, href=f"#change-{number}")
    standing = element("span", one.standing, class_=STANDING_CLASSES[one.standing])
    sure = element("p", standing, f" · confidence {one.confidence}", class_="sure")
    writes = "; ".join(writing_words(one)[:2])
    return str(number), joined(link, sure), gain_words(one), size_words(one), writes or UNKNOWN


def rejected_html(tuning: Tuning) -> Html:
    """With the reason, and of what was measured the figures that decided."""
    queries = queries_of(tuning)
    rows = [_not_advised(one, queries) for one in rejected_in_order(tuning.rejected)[:ROWS_MAX]]
    rest = len(tuning.rejected) - len(rows)
    note = f"{counted(rest, 'more candidate')}: see tuning.json." if rest > 0 else ""
    return element("div", table(("Candidate", "Why not", "Measured"), rows, "candidates", note), class_="overview")


def _not_advised(one: Rejected, queries: dict[str, Query]) -> tuple[Cell, ...]:
    worse = one.proof.worse[:1] if one.proof is not None else []
    said = [
        f"{short_statement(queries.get(two.query), two.query, STATEMENT_CHARACTERS)}: "
        f"{effect_words(two, queries.get(two.query))}"
        for two in worse
    ]
    measured = said[0] if said else "no statement worse" if one.proof is not None else UNKNOWN
    return one.change.title, mask(sentence(one.why)), measured


def todo_html(tuning: Tuning, applied: Applied | None = None) -> Html:
    parts = [
        joined(element("p", f"{words[:1].upper()}{words[1:]}:", class_="soft means"),
               element("pre", command, class_="copyable"))
        for command, words in todo_words(tuning, applied)
    ]  # fmt: skip
    return joined(*parts)


def grounds_html(tuning: Tuning) -> Html:
    """The workload, what was left out of it, how the search went, the copy, and what to know."""
    facts = (
        ("Workload", mask(tuning.workload.source)),
        ("Searched", mask(tuning.searched)),
        ("Budget", budget_words(tuning)),
        ("Measured on", mask(copy_words(tuning))),
        ("Rounds", str(tuning.together.rounds) if tuning.together is not None else ""),
    )
    said = [joined(element("dt", name), element("dd", words)) for name, words in facts if words]
    return joined(
        element("dl", *said, class_="pairs"),
        *_left_out(tuning),
        *_list("What to know", notes_of(tuning)),
        *([] if tuning.together is not None else [element("h3", "The workload"), told_table(tuning)]),
    )


def _left_out(tuning: Tuning) -> Iterable[Html]:
    """By reason, with the statements."""
    found = left_out_of(tuning)
    if found:
        yield element("h3", "Left out of the workload")
        items = (joined(words, *(element("pre", one) for one in statements)) for words, statements in found[:NOTES_MAX])
        yield element("ul", *(element("li", one) for one in items), class_="notes")


def _list(title: str, said: Sequence[str]) -> Iterable[Html]:
    if said:
        yield element("h3", title)
        yield element("ul", *(element("li", one) for one in said[:NOTES_MAX]), class_="notes")
