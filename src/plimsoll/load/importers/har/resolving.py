"""What a scenario writes in the place of a recorded value: a variable, a constant, or the value itself. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from plimsoll.load.importers.har.correlating import Links, Variable
from plimsoll.load.importers.har.headers import is_made_anew
from plimsoll.load.importers.har.hosts import host_patterns
from plimsoll.load.importers.har.secrets import Secrets, found_in_text, secrets_in
from plimsoll.load.importers.har.uses import Use, json_use
from plimsoll.load.importers.har.wording import Code, joined

NEW_UUID = "str(uuid4())"
MOMENT = "int(time() * 1_000)"
_AGAINST_CACHES = frozenset({"_", "t", "ts", "time", "timestamp", "cb", "cachebuster", "nocache", "rnd", "rand"})
NOW_S = 300.0  # the clocks of a script and of its recorder are one, but a page may be old


@dataclass(slots=True)
class Resolver:
    links: Links
    secrets: Secrets
    chosen: Sequence[str]
    others: Sequence[str]
    moments: dict[int, float] = field(default_factory=dict)  # by step, when its request was made
    constants: set[str] = field(default_factory=set)  # the names of hosts' constants in use
    _patterns: dict[int, tuple[re.Pattern[str] | None, list[Code | Variable]]] = field(default_factory=dict)

    def value(self, at: int, use: Use) -> Any:
        """What step `at` sends there."""
        number = self.links.numbers.get((at, use))
        if number:
            return _as_type(number, use)
        if use.where == "query" and use.name.lower() in _AGAINST_CACHES and self._is_now(at, str(use.value)):
            return Code(MOMENT)
        if use.where == "header" and is_made_anew(use.name):
            return Code(NEW_UUID)
        if not isinstance(use.value, str):
            return self._secret_number(use)
        whole = self.links.tokens.get(at, {}).get(use.value)
        if whole:
            return _as_type(whole, use)
        if use.value in (value for value, _ in secrets_in(use)):
            constant = self.secrets.by_value.get(use.value)
            return Code(constant.name) if constant else use.value
        return self.key(at, use.value) if use.where in ("cookie", "header") else self.text(at, use.value)

    def _is_now(self, at: int, text: str) -> bool:
        """Whether this is the moment of the request in milliseconds, as scripts send it against caches."""
        started = self.moments.get(at)
        if started is None or len(text) != 13 or not text.isdecimal():
            return False
        return abs(int(text) / 1_000 - started) <= NOW_S

    def _secret_number(self, use: Use) -> Any:
        constant = self.secrets.by_value.get(str(use.value)) if any(secrets_in(use)) else None
        if constant is None:
            return use.value
        return Code(f"{'int' if isinstance(use.value, int) else 'float'}({constant.name} or 0)")

    def json(self, at: int, value: Any, name: str, about: str) -> Any:
        """A JSON value with everything in it resolved."""
        if isinstance(value, dict):
            return {self.key(at, key): self.json(at, inner, key, about) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.json(at, inner, name, about) for inner in value]
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return self.value(at, json_use(name, value, about))
        return value

    def text(self, at: int, text: str) -> str | Code:
        """A text in which secrets may stand beside their names."""
        pieces: list[str | Code] = []
        end = 0
        for found in sorted(found_in_text(text), key=lambda match: match.start("value")):
            constant = self.secrets.by_value.get(found["value"])
            if found.start("value") >= end and constant:
                pieces += [*self._pieces(at, text[end : found.start("value")]), Code(constant.name)]
                end = found.end("value")
        return joined([*pieces, *self._pieces(at, text[end:])])

    def is_clean(self, at: int, text: str) -> bool:
        """Whether a text may be written as it is."""
        return self._pieces(at, text) == [text]

    def key(self, at: int, text: str) -> str | Code:
        """A name, or another text, with what must not be in it replaced."""
        return joined(self._pieces(at, text))

    def _pieces(self, at: int, text: str) -> list[str | Code]:
        pattern, codes = self._pattern(at)
        if pattern is None or not text:
            return [text]
        pieces: list[str | Code] = []
        end = 0
        for found in pattern.finditer(text):
            code = self._said(codes[(found.lastindex or 1) - 1])
            pieces += [text[end : found.start()], code]
            end = found.end()
        return [piece for piece in (*pieces, text[end:]) if piece != ""]

    def _said(self, what: Code | Variable) -> Code:
        if isinstance(what, Variable):
            return said(what)
        self.constants.add(what.text)
        return what

    def _pattern(self, at: int) -> tuple[re.Pattern[str] | None, list[Code | Variable]]:
        """One group for each text that is replaced wherever it stands, longer ones first."""
        if at not in self._patterns:
            known: dict[str, Code | Variable] = {
                value: Code(constant.name) for value, constant in self.secrets.anywhere().items()
            }
            known |= self.links.tokens.get(at, {})
            longest = sorted(known, key=len, reverse=True)
            groups = [rf"(?<![0-9A-Za-z])({re.escape(value)})(?![0-9A-Za-z])" for value in longest]
            hosts = host_patterns(self.chosen, self.others)
            groups += [f"({pattern})" for pattern, _ in hosts]
            codes = [*(known[value] for value in longest), *(Code(name) for _, name in hosts)]
            self._patterns[at] = (re.compile("|".join(groups)) if groups else None, codes)
        return self._patterns[at]


def said(variable: Variable) -> Code:
    """The variable as it is written, which is to be taken out of its answer therefore."""
    variable.is_sent = True
    return Code(variable.code)


def _as_type(variable: Variable, use: Use) -> Code:
    """The variable, made a text or a number where the JSON wants the other."""
    code = said(variable).text
    if use.where == "json" and isinstance(use.value, str) and not isinstance(variable.place.value, str):
        return Code(f"str({code})")
    if use.where == "json" and isinstance(use.value, int) and isinstance(variable.place.value, str):
        return Code(f"int({code})")
    return Code(code)
