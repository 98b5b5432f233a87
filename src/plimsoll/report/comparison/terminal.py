"""A comparison as a terminal shows it: the verdict first, then both sides, the figures, and what to know."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.comparison import Compared, Comparison, Verdict, Watched
from plimsoll.report.comparison.words import (
    change_words,
    interval_words,
    method_words,
    p_of,
    sentence,
    side_words,
    value_words,
    watched_words,
)
from plimsoll.report.words import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

ROWS_MAX: Final = 30
NAME_WIDTH: Final = 15
SIGNS: Final[dict[Verdict, str]] = {
    "better": "better", "worse": "worse", "no difference shown": "–", "cannot tell": "?",
}  # fmt: skip
LEGEND: Final = "– no difference shown, ? cannot tell; all but the first are corrected (Holm)"
STYLES: Final[dict[Verdict, str]] = {
    "better": "bold green", "worse": "bold red", "no difference shown": "bold", "cannot tell": "bold yellow",
}  # fmt: skip


def comparison_view(comparison: Comparison) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group

    parts: list[RenderableType] = [_line(sentence(comparison), STYLES[comparison.verdict])]
    parts += [_line(f"not comparable: {reason}", "yellow") for reason in comparison.not_comparable]
    parts += [_line(side_words(name, side), "dim") for name, side in (("A", comparison.a), ("B", comparison.b))]
    if method := method_words(comparison):
        parts.append(_line(f"tested: {method}", "dim"))
    if comparison.primary is not None:
        parts += [_line(""), _figures(comparison.primary, comparison.others)]
        parts.append(_line(LEGEND, "dim"))
    parts += _watched(comparison.watched)
    parts += _notes(comparison)
    return Group(*parts)


def _figures(primary: Compared, others: Sequence[Compared]) -> "Table":
    table = _table(["", ">A", ">B", ">change", ">95 % interval", ">p", ""])
    for compared in (primary, *others[:ROWS_MAX]):
        main = compared is primary
        values = [value_words(value, compared.unit) for value in (compared.a_typical, compared.b_typical)]
        cells = [compared.name, *values, change_words(compared.effect, compared.unit)]
        cells += [interval_words(compared.effect, compared.unit), p_of(compared), SIGNS[compared.verdict]]
        style = STYLES[compared.verdict] if main or compared.verdict in ("better", "worse") else ""
        table.add_row(*(_cell(cell, "bold" if main else "") for cell in cells[:-1]), _cell(cells[-1], style))
    return table


def _watched(found: Sequence[Watched]) -> "Iterable[RenderableType]":
    if not found:
        return []
    table = _table(["watched meanwhile, not tested", ">A", ">B"])
    for one in found[:ROWS_MAX]:
        table.add_row(*(_cell(cell) for cell in (one.name, *watched_words(one))))
    return [_line(""), table]


def _notes(comparison: Comparison) -> "Iterable[RenderableType]":
    left_out = [
        f"left out of {name}: {said}"
        for name, side in (("A", comparison.a), ("B", comparison.b))
        for said in side.left_out
    ]
    told = [*(f"warning: {text}" for text in comparison.warnings), *left_out]
    told += [_remedy(comparison.aspects)] if comparison.not_comparable else []
    return [_line(""), *(_line(plain(text, 500), "yellow") for text in told)] if told else []


def _remedy(aspects: Sequence[str]) -> str:
    meant = f"; or --changed {','.join(aspects)}, if that was on purpose" if aspects else ""
    return f"to compare all the same: plimsoll compare A B --force{meant}"


def _table(columns: Sequence[str]) -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for at, column in enumerate(columns):
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if right else "left", no_wrap=True,
            min_width=None if at else NAME_WIDTH,
        )  # fmt: skip
    return table


def _cell(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(plain(text), style=style, overflow="ellipsis")


def _line(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style, overflow="fold")
