"""HTML in which nothing is markup unless it was made here: text is escaped by being text."""

import re
from html import escape
from typing import Final

from plimsoll.core.units import format_duration
from plimsoll.core.visible import visible
from plimsoll.report.markup import Html as ReportHtml
from plimsoll.server.reading.say import moment

TEXT_CHARACTERS_MAX: Final = 2_000
_VOID: Final = frozenset({"br", "col", "hr", "input"})
_BREAKS: Final = re.compile(r"([\n\t])")  # texts of statements keep theirs


class Html(str):
    """Markup. Only this module makes it, or the reports' does; everything else is text and gets escaped."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | int | bool | None) -> Html:
    """Children that are not `Html` are text. "class_" gives class, "data_x" data-x; None and False leave it out."""
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    opening = f"<{name}{written}>"
    return Html(opening if name in _VOID else f"{opening}{joined(*children)}</{name}>")


def of_report(markup: ReportHtml) -> Html:
    """What a report shows, too: it is made by the same rules."""
    return Html(markup)


def joined(*children: str) -> Html:
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children))


def text(content: str, characters_max: int = TEXT_CHARACTERS_MAX) -> Html:
    """Text, bounded, without control characters and marks that turn its direction."""
    cut = content if len(content) <= characters_max else f"{content[:characters_max]}…"
    return Html(escape("".join(part if part in ("\n", "\t") else visible(part) for part in _BREAKS.split(cut))))


def one_line(content: str, characters_max: int = 120) -> str:
    """The text on one line, cut."""
    line = " ".join(content.split())
    return line if len(line) <= characters_max else f"{line[: characters_max - 1]}…"


def since(at_s: float, now_s: float) -> Html:
    """For how long, with the moment itself on hover."""
    lasted = format_duration(float(round(max(0.0, now_s - at_s))))
    return element("time", lasted, title=f"since {moment(at_s)}")


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
