"""A comparison as one file that opens offline: the verdict, every run as a point, the figures, what to know."""

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

from plimsoll.core.comparison import Compared, Comparison
from plimsoll.report.comparison.points import points
from plimsoll.report.comparison.words import (
    TEXT_MAX,
    change_words,
    head_words,
    interval_words,
    method_words,
    p_of,
    side_words,
    value_words,
    watched_words,
)
from plimsoll.report.markup import Html, element, joined
from plimsoll.report.sections import Cell, table
from plimsoll.report.words import plain

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STANDINGS: Final = {
    "better": "met", "worse": "missed", "no difference shown": "unjudged", "cannot tell": "doubtful",
}  # fmt: skip


def render_comparison(comparison: Comparison) -> str:
    style = resources.files("plimsoll.report").joinpath("page.css").read_text(encoding="utf-8")
    head = joined(
        Html('<meta charset="utf-8">'),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{head_words(comparison)}, {comparison.scenario}: Plimsoll"),
        Html(f"<style>{style}</style>"),
    )
    body = joined(_opening(comparison), element("main", *_sections(comparison)))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _opening(comparison: Comparison) -> Html:
    standing = STANDINGS[comparison.verdict]
    return element(
        "header",
        element("p", "Plimsoll, B against A of ", element("b", comparison.scenario), class_="eyebrow"),
        element(
            "div",
            element("p", head_words(comparison), class_="word"),
            element("h1", plain(comparison.because, TEXT_MAX)),
            class_=f"verdict {standing}",
        ),
        *(
            element("p", side_words(name, side), class_="where")
            for name, side in (("A", comparison.a), ("B", comparison.b))
        ),
    )


def _sections(comparison: Comparison) -> Iterable[Html]:
    if comparison.not_comparable:
        yield _titled("Why these are not comparable", _items(comparison.not_comparable, "bad", "Differs: "))
    if comparison.primary is not None:
        yield _titled("Every run", points(comparison.primary))
        yield _titled("Figures", _figures(comparison.primary, comparison.others), _how(comparison))
    if comparison.watched:
        rows = [(one.name, *watched_words(one)) for one in comparison.watched]
        yield _titled("Watched meanwhile", table(["", ">A", ">B"], rows, "figures", "Medians of the runs; not tested."))
    told = [*comparison.warnings, *comparison.a.left_out, *comparison.b.left_out]
    if told:
        yield _titled("What to know", _items(told, "doubt", "Warning: "))


def _titled(title: str, *content: Html) -> Html:
    return element("section", element("h2", title), *content)


def _items(texts: Sequence[str], style: str, word: str) -> Html:
    return element(
        "ul", *(element("li", element("span", word, class_=style), plain(text, TEXT_MAX)) for text in texts),
        class_="findings",
    )  # fmt: skip


def _how(comparison: Comparison) -> Html:
    method = method_words(comparison)
    return element("p", f"Tested: {method}." if method else "Not tested.", class_="note")


def _figures(primary: Compared, others: Sequence[Compared]) -> Html:
    note = "The first decides. The others are corrected for being many (Holm), and weaker for it."
    head = ["", "Verdict", ">A", ">B", ">Change", ">95 % interval", ">p"]
    return table(head, [_row(compared) for compared in (primary, *others)], "figures", note)


def _row(compared: Compared) -> Sequence[Cell]:
    style = {"better": "met", "worse": "bad"}.get(compared.verdict, "soft")
    values = (value_words(value, compared.unit) for value in (compared.a_typical, compared.b_typical))
    return (
        compared.name,
        (compared.verdict, f"{style} unbroken"),
        *values,
        change_words(compared.effect, compared.unit),
        interval_words(compared.effect, compared.unit),
        p_of(compared),
    )
