"""Conditions of if and while controllers: comparisons in Groovy, JEXL or JavaScript as Python. No script is run."""

from __future__ import annotations

import re
from typing import Final

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.texts import Call, Variable, covered, parse
from plimsoll.load.importers.source import literal

_SCRIPTS: Final = frozenset({"jexl", "jexl2", "jexl3", "groovy", "javaScript", "js"})
_TOKEN: Final = re.compile(
    r"""\s*(?: (?P<mark>\ue000\d+\ue001) | (?P<number>-?\d+(?:\.\d+)?) | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | vars\.get\(\s*["'](?P<get>[^"']+)["']\s*\) | vars\[\s*["'](?P<item>[^"']+)["']\s*\]
      | (?P<op>===?|!==?|<=|>=|<|>|&&|\|\||[()!]) | \.(?P<method>equals|contains|startsWith|endsWith)(?=\()
      | (?P<word>true|false|and|or|not|eq|ne|lt|gt|le|ge|empty|null)\b )""",
    re.VERBOSE,
)
_WORDS: Final = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "===": "==", "!==": "!="}
_COMPARING: Final = frozenset({"==", "!=", "<", ">", "<=", ">="})


def condition(context: Context, text: str) -> Code | None:
    """The condition as Python; None where it says more than comparisons."""
    pieces = parse(text.strip())
    if len(pieces) == 1 and isinstance(pieces[0], Call) and pieces[0].name in _SCRIPTS:
        inside = pieces[0].text
        text = inside[inside.index("(") + 1 : inside.rindex(")")].strip().rstrip(",").replace("\\,", ",")
    elif len(pieces) == 1 and isinstance(pieces[0], Variable):
        value = context.variable(pieces[0].name)
        return Code(f'{value.as_text}.lower() == "true"', "any", value.uses)
    try:
        return _Parser(context, text).parsed()
    except _NotUnderstood:
        return None


class _NotUnderstood(Exception):
    """The text is no comparison."""


class _Parser:
    """or > and > not > comparison > value."""

    def __init__(self, context: Context, text: str) -> None:
        self._context = context
        self._cover = covered(text.strip().rstrip(";"))
        self._tokens = self._read(self._cover.text)
        self._at = 0

    def _read(self, text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while at < len(text.rstrip()):
            token = _TOKEN.match(text, at)
            if token is None or token.lastgroup is None:
                raise _NotUnderstood
            found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        return found

    def parsed(self) -> Code:
        made = self._either()
        if self._at < len(self._tokens):
            raise _NotUnderstood
        return made

    def _peek(self) -> str:
        return _WORDS.get(text, text) if self._at < len(self._tokens) and (text := self._tokens[self._at][1]) else ""

    def _accept(self, *wanted: str) -> str:
        text = self._peek()
        if text in wanted and self._tokens[self._at][0] in ("op", "word"):
            self._at += 1
            return text
        return ""

    def _either(self) -> Code:
        return self._chain(self._both, ("||", "or"), "or")

    def _both(self) -> Code:
        return self._chain(self._negated, ("&&", "and"), "and")

    def _chain(self, part: object, words: tuple[str, ...], word: str) -> Code:
        assert callable(part)
        terms: list[Code] = [part()]
        while self._accept(*words):
            terms.append(part())
        if len(terms) == 1:
            return terms[0]
        shown = [f"({term.python})" if word == "and" and term.nature == "either" else term.python for term in terms]
        return Code(
            f" {word} ".join(shown),
            "either" if word == "or" else "any",
            frozenset().union(*(term.uses for term in terms)),
        )

    def _negated(self) -> Code:
        if self._accept("!", "not"):
            inner = self._negated()
            python = inner.python if inner.python.startswith("(") else f"({inner.python})"
            return Code(f"not {python}", "any", inner.uses)
        return self._compared()

    def _compared(self) -> Code:
        left = self._value()
        operator = self._accept(*_COMPARING)
        if not operator:
            return left
        right = self._value()
        sides = (left, right)
        uses = left.uses | right.uses
        if operator in ("==", "!=") and {"int"} & {side.nature for side in sides} and all(map(_is_number, sides)):
            return Code(f" {operator} ".join(_as_number(side) for side in sides), "any", uses)
        if operator in ("==", "!="):
            return Code(f"{left.as_text} {operator} {right.as_text}", "any", uses)
        return Code(f" {operator} ".join(_as_number(side) for side in sides), "any", uses)

    def _value(self) -> Code:
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise _NotUnderstood
            return Code(f"({inner.python})", inner.nature, inner.uses)
        return self._with_methods(self._plain())

    def _plain(self) -> Code:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        if kind == "mark":
            return self._context.code(self._cover.restore(text))
        if kind == "quoted":
            return self._context.code(self._cover.restore(re.sub(r"\\(.)", r"\1", text[1:-1])))
        if kind == "number":
            return Code(literal(text), known=text)
        if kind in ("get", "item"):
            return self._context.variable(text)
        if kind == "word" and text in ("true", "false"):
            return Code(text.capitalize(), "any")
        if kind == "word" and text == "null":
            return Code('""', known="")
        raise _NotUnderstood

    def _with_methods(self, value: Code) -> Code:
        while self._at < len(self._tokens) and self._tokens[self._at][0] == "method":
            name = self._tokens[self._at][1]
            self._at += 1
            other = self._value()
            value = Code(_method(value, name, other), "any", value.uses | other.uses)
        return value


def _method(value: Code, name: str, other: Code) -> str:
    given = other.as_text.removeprefix("(").removesuffix(")") if other.python.startswith("(") else other.as_text
    if name == "equals":
        return f"{value.as_text} == {given}"
    if name == "contains":
        return f"{given} in {value.as_text}"
    return f"{value.as_text}.{'startswith' if name == 'startsWith' else 'endswith'}({given})"


def _is_number(value: Code) -> bool:
    return value.nature == "int" or bool(re.fullmatch(r"-?\d+", (value.known or "").strip()))


def _as_number(value: Code) -> str:
    known = (value.known or "").strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", known) and value.python.startswith('"'):
        return known
    return value.python if value.nature == "int" else f"float({value.as_text} or 0)"
