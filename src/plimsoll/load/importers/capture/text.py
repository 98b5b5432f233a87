"""A captured statement as text: where its parameters stand, and what has to be mended before it can be prepared."""

import re
from collections.abc import Mapping
from typing import Final

from plimsoll.core.sql.tokens import substituted, tokens, without_comments

_SQUASHED_LIST: Final = re.compile(
    r"(?P<before>\bNOT\s+IN|\bIN|\bARRAY)\s*(?P<open>[(\[])\s*(?P<parameter>\$\d+)[^)\]]*?/\*, \.\.\. \*/[^)\]]*[)\]]",
    re.IGNORECASE,
)
_LISTS: Final = {"IN": "= ANY ({})", "NOT IN": "<> ALL ({})", "ARRAY": "{}"}
# Types whose names are several words; those of one word need no list: before a parameter stands a keyword or a type.
_LONG_TYPES: Final = (
    r"double\s+precision|character\s+varying|bit\s+varying"
    r"|(?:timestamp|time)\s*(?:\(\s*\d+\s*\))?\s+with(?:out)?\s+time\s+zone"
)
_TYPE_BEFORE: Final = re.compile(
    rf"(?P<type>(?:{_LONG_TYPES}|(?:[\w$]+\s*\.\s*)?[A-Za-z_][\w$]*)\s*(?:\(\s*\d+\s*(?:,\s*\d+\s*)?\))?)\s*\Z",
    re.IGNORECASE,
)


def shown(query: str, width: int = 100) -> str:
    """On one line for people, without comments and strings, cut where it is long."""
    bare = "".join("'…'" if token.kind == "string" else token.text for token in tokens(without_comments(query)))
    line = re.sub(r"\s+", " ", bare).strip()
    return line if len(line) <= width else line[: width - 1] + "…"


_CLAUSES: Final = frozenset(
    {"FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "RETURNING", "SET", "VALUES", "UNION", "INNER"}
    | {"LEFT", "RIGHT", "FULL", "CROSS", "JOIN", "FOR"}
)


def wrapped(query: str, width: int = 100) -> str:
    """A long statement on several lines: a clause on each, and breaks where a line gets too long. Only what stands
    between its words is changed."""
    if len(query) < width or "\n" in query.strip():
        return query.strip()
    every = list(tokens(query.strip()))
    made, length, depth, last = [], 0, 0, ""
    for place, token in enumerate(every):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        following = every[place + 1].text if place + 1 < len(every) else ""
        joined = last in ("LEFT", "RIGHT", "FULL", "CROSS", "INNER", "OUTER") and following.upper() in ("JOIN", "OUTER")
        clause = depth == 0 and following.upper() in _CLAUSES and not joined and last != "DELETE"
        last = token.text.upper() if token.kind == "word" else last
        if token.kind == "space" and (clause or length + len(following) >= width):
            made.append("\n" if clause else "\n    ")
            length = 0 if clause else 4
            continue
        made.append(token.text)
        length += len(token.text)
    return "".join(made)


def with_whole_lists(query: str) -> tuple[str, frozenset[int]]:
    """PostgreSQL 18 shortens lists: `IN ($1 /*, ... */)` becomes `= ANY ($1)`, an array; and the numbers of those."""
    arrays: set[int] = set()

    def whole(found: re.Match[str]) -> str:
        arrays.add(int(found["parameter"][1:]))
        return _LISTS[re.sub(r"\s+", " ", found["before"]).upper()].format(found["parameter"])

    return _SQUASHED_LIST.sub(whole, query), frozenset(arrays)


def with_cast_at(query: str, position: int) -> str | None:
    """`interval $1` as `$1::interval`, where the server found a parameter at `position` (from 1) it did not expect.

    None where nothing before it can be the name of a type.
    """
    before, rest = query[: position - 1], query[position - 1 :]
    parameter = re.match(r"\$\d+", rest)
    named = _TYPE_BEFORE.search(before)
    if parameter is None or named is None:
        return None
    return f"{before[: named.start()]}{parameter.group()}::{named['type'].strip()}{rest[parameter.end() :]}"


def with_type(query: str, number: int, type_name: str) -> str:
    """With every `$number` cast to a type."""
    return substituted(query, lambda each: f"${each}::{type_name}" if each == number else None)


def with_types(query: str, names: Mapping[int, str]) -> str:
    """With a cast for each of these parameters that has none."""
    every = list(tokens(query))
    made = []
    for place, token in enumerate(every):
        bare = token.kind != "parameter" or "".join(one.text for one in every[place + 1 : place + 3]) == "::"
        made.append(token.text if bare or token.number not in names else f"{token.text}::{names[token.number]}")
    return "".join(made)


def with_unit_at(query: str, position: int, unit: str) -> str | None:
    """`extract($1 FROM x)` with a unit in place of the parameter, which cannot be one there."""
    before, rest = query[: position - 1], query[position - 1 :]
    parameter = re.match(r"\$\d+(?=\s+from\b)", rest, re.IGNORECASE)
    if parameter is None or re.search(r"\bextract\s*\(\s*\Z", before, re.IGNORECASE) is None:
        return None
    return f"{before}{unit}{rest[parameter.end() :]}"
