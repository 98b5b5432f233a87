"""What extractors and assertions look at: the text, headers, status of a reply, or rows, or a variable."""

from __future__ import annotations

from typing import Literal

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

Kind = Literal["http", "sql"]


def looked_at(context: Context, element: Element, kind: Kind, field: str) -> Code | None:
    """An expression of text; None where there is nothing like it."""
    scope = element.text("Sample.scope") or element.text("Assertion.scope")
    if scope == "variable":
        variable = context.variable(element.text("Scope.variable"))
        return variable if variable.nature == "int" else Code(variable.as_text, uses=variable.uses)
    if scope == "children":
        return None
    if kind == "sql":
        return Code(f"{context.helper('as_text')}(rows)") if field == "body" else None
    if field == "unescaped":
        context.imports.add("import html")
    if field == "headers":
        return Code(f"{context.helper('headers_text')}(reply)")
    made = {
        "body": "reply.text",
        "code": "str(reply.status)",
        "url": "reply.url",
        "unescaped": "html.unescape(reply.text)",
    }
    return Code(made[field]) if field in made else None


def pattern_literal(code: Code) -> str:
    """A pattern, raw where that reads better."""
    text = code.known
    if text is None or not code.python.startswith(('"', "'")):
        return code.as_text
    quote = "'" if '"' in text else '"'
    raw = "\\" in text and quote not in text and not text.endswith("\\") and text.isprintable()
    return f"r{quote}{text}{quote}" if raw else literal(text)
