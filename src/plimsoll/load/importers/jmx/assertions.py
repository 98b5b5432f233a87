"""Assertions as `expect=` and `user.check`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from plimsoll.load.importers.jmx.code import Code, Line, Statement
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.extractors import compiles
from plimsoll.load.importers.jmx.jsonpath import parse_path
from plimsoll.load.importers.jmx.layout import called
from plimsoll.load.importers.jmx.listing import reason_of
from plimsoll.load.importers.jmx.naming import plain_name
from plimsoll.load.importers.jmx.reading import Kind, looked_at, pattern_literal
from plimsoll.load.importers.jmx.texts import covered
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

MATCH, CONTAINS, NOT, EQUALS, SUBSTRING, OR = 1, 2, 4, 8, 16, 32
NAME_CHARACTERS_MAX: Final = 60
_FIELDS: Final = {
    "Assertion.response_data": "body", "Assertion.response_code": "code", "Assertion.response_headers": "headers",
    "Assertion.sample_label": "url",
}  # fmt: skip
_SIZES: Final = {1: "==", 2: "!=", 3: ">", 4: "<", 5: ">=", 6: "<="}
_CANNOT: Final = "what it judges cannot be judged here"


@dataclass(slots=True)
class Checks:
    """`expect` are the statuses that are right, None where nothing is said of them; `lines` the checks."""

    expect: set[int] | None = None
    any_status: bool = False
    lines: list[Statement] = field(default_factory=list)

    @property
    def expected(self) -> str:
        """The argument of user.http, "" for none."""
        if self.expect is not None:
            statuses = sorted(self.expect)
            return str(statuses[0]) if len(statuses) == 1 else str(tuple(statuses))
        return "tuple(range(100, 600))" if self.any_status else ""


def judge(context: Context, element: Element, kind: Kind, checks: Checks) -> None:
    """Adds what an assertion says; one that cannot be said is listed."""
    context.element = element
    make = _MAKERS.get(element.kind)
    if make is None:
        context.account.leave(element, reason_of(element) or "no such assertion: nothing is checked")
        return
    if not make(context, element, kind, checks):
        updates = any(re.fullmatch(r"\d+ updates", test) for test in element.texts("Asserion.test_strings"))
        context.account.leave(element, "user.sql gives rows, not how many were changed" if updates else _CANNOT)
        return
    context.account.take(element)
    context.account.unread(element)


def _response(context: Context, element: Element, kind: Kind, checks: Checks) -> bool:
    tests = element.texts("Asserion.test_strings") or element.texts("Assertion.test_strings")
    type_ = int(context.number(element.text("Assertion.test_type"), CONTAINS))
    element.text("Assertion.custom_message")
    where = _FIELDS.get(element.text("Assertion.test_field", "Assertion.response_data"), "?")
    ignored = element.flag("Assertion.assume_success")
    scoped = element.text("Assertion.scope") == "variable"
    if kind == "http" and where == "code" and not scoped and _expect(tests, type_, checks):
        return True
    source = looked_at(context, element, kind, where)
    if source is None or (type_ & (MATCH | CONTAINS) and not all(compiles(covered(test).text) for test in tests)):
        return False
    if type_ & SUBSTRING and kind == "sql" and any(re.fullmatch(r"\d+ updates", test) for test in tests):
        return False
    checks.any_status |= ignored or where == "code"
    if tests:
        checks.lines.append(_check(context, element, source, tests, type_))
    return True


def _expect(tests: list[str], type_: int, checks: Checks) -> bool:
    """Statuses that are said outright become `expect`; not where they are excluded, or patterns."""
    said = {int(test) for test in tests if re.fullmatch(r"\s*[1-5]\d\d\s*", test)}
    if type_ & NOT or len(said) < len(set(tests)) or not said or (len(said) > 1 and not type_ & OR):
        return False
    checks.expect = said if checks.expect is None else checks.expect & said or said
    return True


def _check(context: Context, element: Element, source: Code, tests: list[str], type_: int) -> Line:
    codes = [context.code(test) for test in tests]
    said = [_said(context, code, source, type_) for code in codes]
    said = (
        [f"not {term}" if " in " not in term else term.replace(" in ", " not in ", 1) for term in said]
        if (type_ & NOT)
        else said
    )
    made = (" or " if type_ & OR else " and ").join(said)
    uses = frozenset().union(source.uses, *(code.uses for code in codes))
    return _line(_name(element, tests, type_), made, uses)


def _said(context: Context, code: Code, source: Code, type_: int) -> str:
    if source.nature == "int":
        if type_ & EQUALS and (code.known or "").isdigit():
            return (
                f"({source.python} == {int(code.known or 0)})"
                if type_ & NOT
                else f"{source.python} == {int(code.known or 0)}"
            )
        source = Code(source.as_text, uses=source.uses)
    if type_ & EQUALS:
        return f"({source.python} == {code.as_text})" if type_ & NOT else f"{source.python} == {code.as_text}"
    if type_ & SUBSTRING:
        return f"{code.as_text} in {source.python}"
    context.imports.add("import re")
    function = "re.fullmatch" if type_ & MATCH else "re.search"
    return f"{function}({pattern_literal(code)}, {source.python})"


def _name(element: Element, tests: list[str], type_: int) -> str:
    """The assertion's name; what it says where the name says nothing."""
    name = " ".join(element.name.split())
    if name and not re.fullmatch(r"(?i)(response|json|size|duration)[ \w]*assertion|ra", name):
        return name[:NAME_CHARACTERS_MAX]
    verb = "is" if type_ & (EQUALS | MATCH) else "contains"
    shown = plain_name(tests[0]) if tests else ""
    return f"{'not ' if type_ & NOT else ''}{verb} {shown}"[:NAME_CHARACTERS_MAX]


def _line(name: str, condition: str, uses: frozenset[str] = frozenset()) -> Line:
    return Line(called("user.check", [literal(name), condition]), uses)


def _duration(context: Context, element: Element, kind: Kind, checks: Checks) -> bool:
    most = context.text(element, "DurationAssertion.duration")
    if kind != "http" or not _is_whole(most):
        return False
    shown = most.known or "the time allowed"
    checks.lines.append(_line(f"within {shown} ms", f"reply.timings.total_ms <= {most.as_int}", most.uses))
    return True


def _is_whole(code: Code) -> bool:
    """Whether it is a whole number, as far as that is certain."""
    return code.known is None or code.known.strip().isdigit()


def _size(context: Context, element: Element, kind: Kind, checks: Checks) -> bool:
    size = context.text(element, "SizeAssertion.size")
    operator = _SIZES.get(int(context.number(element.text("SizeAssertion.operator"), 1)))
    where = element.text("SizeAssertion.test_field") or element.text("Assertion.test_field")
    if (
        kind != "http"
        or operator is None
        or not _is_whole(size)
        or "headers" in where
        or "code" in where
        or "message" in where
    ):
        return False
    if "network" in where or not where:
        context.account.part(element, "counts the body alone, without the headers")
    checks.lines.append(
        _line(f"size {operator} {size.known or ''}".strip(), f"len(reply.bytes) {operator} {size.as_int}", size.uses)
    )
    return True


def _json(context: Context, element: Element, kind: Kind, checks: Checks) -> bool:
    path = parse_path(element.text("JSON_PATH"))
    if kind != "http" or path is None:
        return False
    values = f"{context.helper('picked_all')}({', '.join(['reply', *map(literal, path)])})"
    value = context.text(element, "EXPECTED_VALUE")
    made = values
    if element.flag("EXPECT_NULL"):
        made = f'"null" in {values}'
    elif element.flag("JSONVALIDATION"):
        made = f"{value.as_text} in {values}"
        if element.flag("ISREGEX", True):
            if not compiles(covered(element.text("EXPECTED_VALUE")).text):
                return False
            if re.escape(value.known or ".") != (value.known or ""):
                context.imports.add("import re")
                made = f"any(re.fullmatch({pattern_literal(value)}, value) for value in {values})"
    element.flag("ISREGEX")
    made = f"not ({made})" if element.flag("INVERT") else made
    checks.lines.append(_line(_name(element, [element.text("JSON_PATH")], CONTAINS), made, value.uses))
    return True


_MAKERS: Final[dict[str, Callable[[Context, Element, Kind, Checks], bool]]] = {
    "ResponseAssertion": _response,
    "DurationAssertion": _duration,
    "SizeAssertion": _size,
    "JSONPathAssertion": _json,
}
