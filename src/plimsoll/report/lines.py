"""Lines and tables of a terminal: plain text when piped, never read as markup, broken where they may be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plimsoll.report.words import plain

if TYPE_CHECKING:
    from rich.console import OverflowMethod, RenderableType
    from rich.table import Table
    from rich.text import Text


def heading(title: str) -> "list[RenderableType]":
    return [line(""), line(title, "bold")]


def table(columns: Sequence[str], *, show_header: bool = True, gives_way: Sequence[int] = (0,)) -> "Table":
    """Without lines: piped, it reads as text. ">" at the beginning of a column's name aligns it right.

    Only the columns that give way do so when the width is short.
    """
    from rich.table import Table

    made = Table(box=None, show_header=show_header, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for at, column in enumerate(columns):
        right = column.startswith(">")
        made.add_column(column.removeprefix(">"), justify="right" if right else "left", no_wrap=at not in gives_way)
    return made


def cells(*values: str | tuple[str, str], wrap: bool = False) -> "list[Text]":
    """Cells as text that is never read as markup; those that do not fit end in an ellipsis unless they may wrap."""
    from rich.text import Text

    pairs = [(cell, "") if isinstance(cell, str) else cell for cell in values]
    overflow: OverflowMethod = "fold" if wrap else "ellipsis"
    return [Text(plain(text), style=style, no_wrap=not wrap, overflow=overflow) for text, style in pairs]


def line(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style, overflow="fold")


def indented(text: str, style: str = "", by: int = 3) -> "RenderableType":
    """A paragraph that is broken within its indentation."""
    from rich.padding import Padding

    return Padding(line(text, style), (0, 0, 0, by))
