"""JDBC's statements taken apart: `?`, quoted texts, several statements, `{call …}` as CALL. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<text> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
        | (?P<tag>\$(?:[A-Za-z_]\w*)?\$) .*? (?P=tag) | --[^\n]* | /\*.*?\*/ )
      | (?P<reference>\ue000\d+\ue001) | (?P<double>\?\?) | (?P<mark>\?) | (?P<end>;) | (?P<other>\w+|.)""",
    re.DOTALL | re.VERBOSE,
)
_BEGINS: Final = re.compile(r"(?i)\s*(begin|start\s+transaction)\b[^;]*$")
_ENDS: Final = re.compile(r"(?i)\s*(commit|end|rollback)\b[^;]*$")
_CALL: Final = re.compile(r"(?is)\{\s*(?P<result>\?\s*=\s*)?call\s+(?P<what>.*?)\s*\}\s*;?\s*")


def statements(query: str) -> list[str]:
    """The statements that semicolons part, without the semicolons. The body of a function is one text only in $$."""
    found, current, depth = [], "", 0
    for kind, text in tokens(query):
        word = text.lower() if kind == "other" else ""
        depth += word == "atomic"
        depth -= word == "end" and depth > 0
        if kind == "end" and not depth:
            found.append(current)
            current = ""
        else:
            current += text
    return [statement.strip() for statement in [*found, current] if _is_more_than_comment(statement)]


def is_control(statement: str) -> bool:
    """Whether it only opens or ends a transaction."""
    return bool(_BEGINS.fullmatch(statement) or _ENDS.fullmatch(statement))


def called(query: str) -> str:
    """JDBC's `{call f(?)}` as CALL, `{? = call f(?)}` as SELECT; anything else as it is."""
    found = _CALL.fullmatch(query.strip())
    if not found:
        return query
    what = found["what"] if "(" in found["what"] else found["what"] + "()"
    return f"{'SELECT' if found['result'] else 'CALL'} {what}"


def _is_more_than_comment(statement: str) -> bool:
    return any(kind != "text" or not text.startswith(("--", "/*")) for kind, text in tokens(statement.strip()))


def tokens(query: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each part: text (quoted, or a comment), reference (a mark), double, mark (`?`), end, other."""
    for found in _TOKEN.finditer(query):
        yield str(found.lastgroup if found.lastgroup != "tag" else "text"), found[0]
