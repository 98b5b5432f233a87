"""Tables as HTML: real headings, sorted by links, bounded, with a word for what was left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.units import UNKNOWN, format_count
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place

ROWS_SHOWN: Final = 50

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`cell` makes a row's cell; `key` is what it is sorted by, None where it cannot be. `first_up` sorts the least
    first; figures start with the most."""

    name: str
    title: str
    cell: Callable[[Row], str]
    key: Callable[[Row], Any] | None = None
    number: bool = False
    first_up: bool = False
    meaning: str = ""


def table(
    place: Place, name: str, caption: str, columns: Sequence[Column], rows: Sequence[Row], *, left_out: int = 0,
    nothing: str = "Nothing.", shown: int = ROWS_SHOWN,
) -> Html:  # fmt: skip
    """The table, or the sentence that says why there is none."""
    if not rows:
        return element("p", nothing, class_="empty")
    ordered = in_order(place.sorted_by(name), columns, rows)
    more = left_out + max(0, len(rows) - shown)
    head = element("tr", *(_heading(place, name, column) for column in columns))
    body = joined(*(_row(columns, row) for row in ordered[:shown]))
    rest = element("p", f"{format_count(more)} more are not shown.", class_="soft") if more else ""
    whole = element("table", element("caption", caption), element("thead", head), element("tbody", body))
    return joined(element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption), rest)


def in_order(chosen: tuple[str, bool] | None, columns: Sequence[Column], rows: Sequence[Row]) -> Sequence[Row]:
    """As they came, or by a column; what is unknown comes last, whichever way it goes."""
    column = next((one for one in columns if chosen and one.name == chosen[0] and one.key), None)
    if column is None or chosen is None or column.key is None:
        return rows
    key = column.key
    known = [row for row in rows if key(row) is not None]
    ordered = sorted(known, key=key, reverse=column.first_up == chosen[1])
    return [*ordered, *(row for row in rows if key(row) is None)]


def field(name: str, say: Callable[[Any], str] = str) -> Callable[[Row], str]:
    """A cell of a row's own value; "–" where it is not known."""
    return lambda row: UNKNOWN if row.get(name) is None else say(row[name])


def figure(name: str, title: str, say: Callable[[Any], str], meaning: str = "") -> Column:
    """A column of numbers that sorts."""
    return Column(name, title, field(name, say), lambda row: row.get(name), number=True, meaning=meaning)


def words(name: str, title: str, meaning: str = "") -> Column:
    """A column of texts that sorts."""
    return Column(name, title, field(name), lambda row: row.get(name), first_up=True, meaning=meaning)


def _heading(place: Place, table_name: str, column: Column) -> Html:
    shown_class = "number" if column.number else None
    if column.key is None:
        return element("th", column.title, scope="col", class_=shown_class, title=column.meaning or None)
    chosen = place.sorted_by(table_name)
    turned = chosen is not None and chosen[0] == column.name and not chosen[1]
    target = place.href(sort=f"{table_name}.{'-' if turned else ''}{column.name}")
    link = element("a", column.title, href=target, data_in="", id=f"sort-{table_name}-{column.name}")
    return element(
        "th", link, _arrow(column, chosen), scope="col", class_=shown_class, aria_sort=_aria(column, chosen),
        title=column.meaning or None,
    )  # fmt: skip


def _aria(column: Column, chosen: tuple[str, bool] | None) -> str | None:
    if chosen is None or chosen[0] != column.name:
        return None
    return "ascending" if column.first_up != chosen[1] else "descending"


def _arrow(column: Column, chosen: tuple[str, bool] | None) -> str:
    return {"ascending": " ↑", "descending": " ↓", None: ""}[_aria(column, chosen)]


def _row(columns: Sequence[Column], row: Row) -> Html:
    cells = (element("td", column.cell(row), class_="number" if column.number else None) for column in columns)
    return element("tr", *cells)
