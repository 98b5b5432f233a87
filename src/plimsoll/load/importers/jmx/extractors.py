"""Extractors as assignments: `token = found(r'name="token" value="(.+?)"', reply.text)`."""

from __future__ import annotations

import re
from typing import Final

from plimsoll.load.importers.jmx.code import Code, Line, Nature, Statement
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.jsonpath import is_definite, parse_path
from plimsoll.load.importers.jmx.layout import called
from plimsoll.load.importers.jmx.listing import reason_of
from plimsoll.load.importers.jmx.reading import Kind, looked_at, pattern_literal
from plimsoll.load.importers.jmx.texts import covered
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

_FIELDS: Final = {
    "": "body", "false": "body", "true": "headers", "url": "url", "code": "code", "unescaped": "unescaped",
}  # fmt: skip


def extraction(context: Context, element: Element, kind: Kind) -> list[Statement]:
    """The lines of an extractor; one that cannot be said is listed."""
    context.element = element
    make = {
        "RegexExtractor": _regex,
        "BoundaryExtractor": _boundary,
        "JSONPostProcessor": _json,
        "JSONPathExtractor": _json_of_plugin,
    }.get(element.kind)
    if make is None:
        context.account.leave(element, reason_of(element) or "no such extractor: what it sets is not set")
        return []
    lines = make(context, element, kind)
    if lines is None:
        context.account.leave(element, "what it looks for cannot be said here: what it sets is not set")
        return []
    context.account.take(element)
    context.account.unread(element)
    return lines


def defined_by(element: Element) -> dict[str, Nature]:
    """The variables an extractor sets, "list" where it keeps all that it finds."""
    if element.kind == "JSONPostProcessor":
        numbers = _many(element, "JSONPostProcessor.match_numbers")
        names = _many(element, "JSONPostProcessor.referenceNames")
        return {name: _nature(numbers[at] if at < len(numbers) else "") for at, name in enumerate(names) if name}
    if element.kind == "JSONPathExtractor":
        return {element.text("VAR").strip(): "text"} if element.text("VAR").strip() else {}
    prefix = {"RegexExtractor": "RegexExtractor", "BoundaryExtractor": "BoundaryExtractor"}.get(element.kind)
    name = element.text(f"{prefix}.refname").strip() if prefix else ""
    return {name: _nature(element.text(f"{prefix}.match_number"))} if name else {}


def _nature(number: str) -> Nature:
    return "list" if number.strip().startswith("-") else "text"


def _many(element: Element, name: str) -> list[str]:
    return [part.strip() for part in element.text(name).split(";")]


def _field(element: Element, prefix: str) -> str:
    return _FIELDS.get(element.text(f"{prefix}.useHeaders").strip().lower(), "?")


def _regex(context: Context, element: Element, kind: Kind) -> list[Statement] | None:
    group = re.fullmatch(r"\$(\d+)\$", element.text("RegexExtractor.template", "$1$").strip())
    raw = element.text("RegexExtractor.regex")
    source = looked_at(context, element, kind, _field(element, "RegexExtractor"))
    if group is None or source is None or not compiles(covered(raw).text):
        return None
    pattern = context.code(raw) if "${" in raw else Code(literal(raw), known=raw)
    if int(group[1]) > _groups(raw):
        return None
    return _assigned(context, element, "RegexExtractor", pattern, source, int(group[1]))


def _boundary(context: Context, element: Element, kind: Kind) -> list[Statement] | None:
    left, right = element.text("BoundaryExtractor.lboundary"), element.text("BoundaryExtractor.rboundary")
    source = looked_at(context, element, kind, _field(element, "BoundaryExtractor"))
    if source is None or "${" in left + right:
        return None
    pattern = f"(?s){re.escape(left)}(.*?){re.escape(right) or '$'}"
    return _assigned(context, element, "BoundaryExtractor", Code(literal(pattern), known=pattern), source, 1)


def _assigned(
    context: Context, element: Element, prefix: str, pattern: Code, source: Code, group: int
) -> list[Statement]:
    name = element.text(f"{prefix}.refname").strip()
    default = context.text(element, f"{prefix}.default")
    number = element.text(f"{prefix}.match_number").strip() or "1"
    element.flag(f"{prefix}.default_empty_value")
    if name not in context.reads:
        context.account.part(element, f"nothing reads {name}")
        return []
    given = [pattern_literal(pattern), source.python, *([str(group)] if group != 1 else [])]
    uses = pattern.uses | source.uses | default.uses
    if number.startswith("-"):
        made = called(context.helper("found_all"), given)
        return [Line(f"{context.local(name)} = {made}", uses, (name,), "[]")]
    otherwise = [f"otherwise={default.as_text}"] if default.known != "" else []
    if number == "1":
        made = called(context.helper("found"), [*given, *otherwise])
    else:
        everything = called(context.helper("found_all"), given)
        made = _one_of(context, everything, number, otherwise)
    return [Line(f"{context.local(name)} = {made}", uses, (name,), default.as_text)]


def _json(context: Context, element: Element, kind: Kind) -> list[Statement] | None:
    names = _many(element, "JSONPostProcessor.referenceNames")
    texts = _many(element, "JSONPostProcessor.jsonPathExprs")
    numbers = _many(element, "JSONPostProcessor.match_numbers")
    defaults = _many(element, "JSONPostProcessor.defaultValues")
    paths = [parse_path(text) for text in texts]
    if kind != "http" or element.text("Sample.scope") in ("variable", "children") or not all(paths):
        return None
    lines: list[Statement] = []
    for at, (name, path) in enumerate(zip(names, paths, strict=False)):
        if name not in context.reads:
            context.account.part(element, f"nothing reads {name}")
            continue
        default = context.code(defaults[at] if at < len(defaults) else "")
        lines.append(_json_line(context, name, path or (), numbers[at] if at < len(numbers) else "", default))
    return lines


def _json_of_plugin(context: Context, element: Element, kind: Kind) -> list[Statement] | None:
    """The JSON extractor of the plugins, which keeps the first that it finds."""
    name, path = element.text("VAR").strip(), parse_path(element.text("JSONPATH"))
    told = element.text("SUBJECT", "BODY"), element.text("INPUT_FORMAT", "JSON")
    if kind != "http" or not path or told != ("BODY", "JSON"):
        return None
    if name not in context.reads:
        context.account.part(element, f"nothing reads {name}")
        return []
    return [_json_line(context, name, path, "1", context.text(element, "DEFAULT"))]


def _json_line(context: Context, name: str, path: tuple[str | int, ...], number: str, default: Code) -> Line:
    given = ["reply", *map(literal, path)]
    otherwise = [f"otherwise={default.as_text}"] if default.known != "" else []
    if number.startswith("-"):
        made = called(context.helper("picked_all"), given)
        return Line(f"{context.local(name)} = {made}", default.uses, (name,), "[]")
    if is_definite(path):
        made = called(context.helper("picked"), [*given, *otherwise])
    else:
        made = _one_of(context, called(context.helper("picked_all"), given), number or "0", otherwise)
    return Line(f"{context.local(name)} = {made}", default.uses, (name,), default.as_text)


def _one_of(context: Context, values: str, number: str, otherwise: list[str]) -> str:
    """One of several that were found: that of the number, or any for 0."""
    if number == "0":
        return called(context.helper("any_of"), [values, *otherwise])
    return called(context.helper("nth"), [values, number if number.isdigit() else "1", *otherwise])


def compiles(pattern: str) -> bool:
    """Whether Python reads the pattern as well."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _groups(pattern: str) -> int:
    return re.compile(covered(pattern).text).groups
