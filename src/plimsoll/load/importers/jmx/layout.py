"""Python literals that hold expressions, over as many lines as they need. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.source import LINE_MAX, call, literal

SHORT = LINE_MAX - 30  # a literal beside what stands before it in its line


def written(value: object) -> str:
    """A literal; dictionaries and lists that are too long for a line get a line for each item."""
    if isinstance(value, Code):
        return value.python
    if isinstance(value, Mapping):
        return _bracketed("{", [f"{written(key)}: {written(item)}" for key, item in value.items()], "}")
    if isinstance(value, tuple):
        items = [written(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else _bracketed("(", items, ")")
    if isinstance(value, list):
        return _bracketed("[", [written(item) for item in value], "]")
    return literal(value)


def _bracketed(opening: str, items: Sequence[str], closing: str) -> str:
    short = f"{opening}{', '.join(items)}{closing}"
    if len(short) <= SHORT and "\n" not in short:
        return short
    return opening + "\n" + "".join(f"    {_indented(item)},\n" for item in items) + closing


def called(function: str, arguments: Sequence[str]) -> str:
    """A call; what stands over several lines in its arguments is indented with them."""
    short = f"{function}({', '.join(arguments)})"
    if len(short) < LINE_MAX - 12 and "\n" not in short:
        return short
    return call(function, [_indented(argument) for argument in arguments], indent=LINE_MAX)


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def uses_of(value: object) -> frozenset[str]:
    """The plan's variables in a value."""
    if isinstance(value, Code):
        return value.uses
    if isinstance(value, Mapping):
        return frozenset().union(*(uses_of(item) for pair in value.items() for item in pair))
    if isinstance(value, (list, tuple)):
        return frozenset().union(*map(uses_of, value))
    return frozenset()


def pairs(items: Sequence[tuple[Code, Code]]) -> object:
    """A dictionary, or a list of pairs where a name is there twice."""
    names = [name.python for name, _ in items]
    return dict(items) if len(set(names)) == len(names) else list(items)
