"""HTML in which nothing is markup unless it was made here: text is escaped by being text."""

from html import escape

from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

_EMPTY = frozenset({"meta", "col", "br"})


class Html(str):
    """Markup. Only this module and constants of ours make it; everything else is text and gets escaped."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | int | None) -> Html:
    """An element; children that are not `Html` are text. "class_" gives class, "data_x" data-x; None leaves it out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(plain(str(value), TEXT_CHARACTERS_MAX))}"'
        for key, value in attributes.items()
        if value is not None
    )
    opening = f"<{name}{written}>"
    return Html(opening if name in _EMPTY else f"{opening}{joined(*children)}</{name}>")


def joined(*children: str) -> Html:
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children))


def text(content: str) -> Html:
    """Text on one line, bounded, without control characters."""
    return Html(escape(plain(content, TEXT_CHARACTERS_MAX)))


def code(content: str, characters_max: int) -> Html:
    """Text of which the line breaks are kept, each line bounded: SQL and commands to copy."""
    return Html("\n".join(escape(plain(line, characters_max)) for line in content.splitlines()))
