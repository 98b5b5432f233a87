"""Statements as they are shown: on one line in tables, whole and highlighted where one is looked at."""

import re
from typing import Final

from plimsoll.server.dashboard.markup import Html, element, joined

_KEYWORDS: Final = frozenset(
    [
        "all",
        "alter",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "begin",
        "between",
        "by",
        "call",
        "case",
        "cast",
        "check",
        "coalesce",
        "commit",
        "conflict",
        "constraint",
        "copy",
        "create",
        "cross",
        "current",
        "cursor",
        "database",
        "declare",
        "default",
        "delete",
        "desc",
        "distinct",
        "do",
        "drop",
        "else",
        "end",
        "except",
        "execute",
        "exists",
        "explain",
        "false",
        "fetch",
        "filter",
        "first",
        "following",
        "for",
        "foreign",
        "from",
        "full",
        "function",
        "grant",
        "group",
        "having",
        "if",
        "ilike",
        "in",
        "index",
        "inner",
        "insert",
        "intersect",
        "interval",
        "into",
        "is",
        "isolation",
        "join",
        "key",
        "last",
        "lateral",
        "left",
        "level",
        "like",
        "limit",
        "lock",
        "materialized",
        "merge",
        "natural",
        "nothing",
        "not",
        "null",
        "nulls",
        "of",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "preceding",
        "primary",
        "procedure",
        "range",
        "recursive",
        "references",
        "refresh",
        "reindex",
        "release",
        "returning",
        "revoke",
        "right",
        "rollback",
        "row",
        "rows",
        "savepoint",
        "schema",
        "select",
        "sequence",
        "session",
        "set",
        "share",
        "show",
        "similar",
        "skip",
        "some",
        "start",
        "table",
        "temporary",
        "then",
        "to",
        "transaction",
        "trigger",
        "true",
        "truncate",
        "type",
        "union",
        "unique",
        "update",
        "using",
        "vacuum",
        "values",
        "view",
        "when",
        "where",
        "window",
        "with",
        "work",
    ]
)
_TOKENS: Final = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*'|\$\$.*?\$\$)|(?P<name>\"(?:[^\"]|\"\")*\")"
    r"|(?P<parameter>\$\d+)|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<word>[A-Za-z_][A-Za-z_0-9]*)",
    re.DOTALL,
)
_CLASSES: Final = {"comment": "soft", "text": "sql-text", "number": "sql-text", "parameter": "sql-text"}


def highlighted(sql: str) -> Html:
    """The whole text as a block."""
    parts: list[str] = []
    at = 0
    for found in _TOKENS.finditer(sql):
        parts += [sql[at : found.start()], _token(found)]
        at = found.end()
    return element("pre", element("code", *parts, sql[at:]), class_="sql", tabindex=0)


def copyable(text: str, label: str) -> Html:
    """A command as text, with a button that copies it."""
    button = element("button", "Copy", type="button", data_copy="", class_="copy", aria_label=f"Copy {label}")
    return joined(element("code", text), " ", button)


def _token(found: "re.Match[str]") -> str:
    kind, text = found.lastgroup or "", found.group()
    if kind == "word":
        return element("b", text) if text.lower() in _KEYWORDS else text
    shown = _CLASSES.get(kind)
    return element("span", text, class_=shown) if shown else text
