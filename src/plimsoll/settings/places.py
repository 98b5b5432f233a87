"""Where in a TOML text a key stands: tomllib tells values, not lines, and an error should name the line.

A reading by lines, for error messages only: it knows headers, keys at the start of a line, and keys and items inside
inline tables and arrays. Where it finds nothing it gives the nearest thing around it.
"""

import re
from collections.abc import Sequence
from typing import Final

_NAME: Final = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[\w-]+)"""
_DOTTED: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER: Final = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(rf"\s*({_DOTTED})\s*=")
_TABLE_OR_TEXT: Final = re.compile(r"""\{[^{}]*\}|"(?:\\.|[^"\\])*"|'[^']*'""")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, where something is stated; `path` is tables, key and positions in arrays, outermost first."""
    names = tuple(part for part in path if isinstance(part, str))
    stated = [
        (min(len(found), len(names)), line)
        for line, found in _statements(text)
        if all(one == other for one, other in zip(found, names, strict=False))
    ]
    if not stated:
        return None
    depth = max(stated)[0]
    line = min(line for found, line in stated if found == depth)
    start = sum(map(len, text.splitlines(keepends=True)[: line - 1]))
    position = _inside(text, start, _after(path, depth))
    return text.count("\n", 0, position) + 1


def _statements(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Every header and every key at the start of a line, as (line, full path)."""
    table: tuple[str, ...] = ()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, table + _parts(key[1])))
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_NAME, dotted))


def _after(path: Sequence[str | int], depth: int) -> list[str | int]:
    """What is left of a path beyond its first `depth` names."""
    rest = list(path)
    while depth:
        depth -= isinstance(rest.pop(0), str)
    return rest


def _inside(text: str, position: int, path: Sequence[str | int]) -> int:
    """The position in an inline value, stated at `position`, of what the rest of a path leads to."""
    for part in path:
        if isinstance(part, int):
            equals = text.find("=", position)
            items = [item.start() for item in _TABLE_OR_TEXT.finditer(text, equals)]
            position = items[part] if part < len(items) else position
        else:
            key = re.compile(rf"""[\s{{,\[]["']?{re.escape(part)}["']?\s*=""").search(text, position)
            position = key.start() + 1 if key else position
    return position
