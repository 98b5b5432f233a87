"""The body of a request: JSON as Python values, forms as pairs, anything else as it stands."""

from __future__ import annotations

import json
import math
import re
from urllib.parse import parse_qsl

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.layout import pairs
from plimsoll.load.importers.jmx.texts import MARK, Covered, covered

_BARE = "\ue002"  # before a reference that stands in JSON without quotes: it is a number, or any JSON


def body_arguments(context: Context, text: str, content_type: str) -> dict[str, object]:
    """The argument of user.http that a body given as text becomes: json, form or content."""
    if not text.strip():
        return {}
    if "json" in content_type:
        try:
            return {"json": json_value(context, text)}
        except ValueError:
            pass
    if "x-www-form-urlencoded" in content_type and "=" in text and "\n" not in text.strip():
        return {"form": form_pairs(context, text.strip())}
    return {"content": context.without_secrets(text)}


def form_pairs(context: Context, text: str) -> object:
    """`a=1&b=${x}` as pairs."""
    cover = covered(text)
    found = [(cover.restore(name), cover.restore(value)) for name, value in parse_qsl(cover.text, True)]
    return pairs([(context.code(name), context.secret(name, value)) for name, value in found])


def json_value(context: Context, text: str) -> object:
    """A JSON text as a Python value with expressions for its references. Raises ValueError where it is no JSON."""
    cover = covered(text)
    parsed = json.loads(
        _quoted(cover.text), strict=False, object_pairs_hook=_Pairs, parse_float=_finite, parse_constant=_finite
    )
    return _Values(context, cover).made(parsed, "")


def _finite(text: str) -> float:
    """A number that Python can write down again. Raises ValueError for infinity and its kin."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number of JSON")
    return number


class _Pairs(list[tuple[str, object]]):
    """An object's pairs in their order."""


def _quoted(text: str) -> str:
    """The text with quotes around the marks that stand outside of strings."""
    made = ""
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[^"]+|"', text, re.DOTALL):
        part = found[0]
        made += part if part.startswith('"') else MARK.sub(lambda mark: f'"{_BARE}{mark[0]}"', part)
    return made


class _Values:
    """Turns parsed JSON into values."""

    def __init__(self, context: Context, cover: Covered) -> None:
        self._context = context
        self._cover = cover

    def made(self, value: object, key: str) -> object:
        if isinstance(value, _Pairs):
            if len({name for name, _ in value}) < len(value):
                raise ValueError("a key is there twice")
            return {self._text(name): self.made(item, name) for name, item in value}
        if isinstance(value, list):
            return [self.made(item, key) for item in value]
        if isinstance(value, str):
            return self._bare(value) if value.startswith(_BARE) else self._secret(key, value)
        return value

    def _text(self, value: str) -> Code:
        return self._context.code(self._cover.restore(value))

    def _secret(self, key: str, value: str) -> Code:
        made = self._context.secret(key, self._cover.restore(value))
        return Code(made.as_text, "text", made.uses, made.known)

    def _bare(self, value: str) -> Code:
        made = self._context.code(self._cover.restore(value.removeprefix(_BARE)))
        if made.nature == "int":
            return made
        if made.known is not None and re.fullmatch(r"-?(0|[1-9]\d{0,17})", made.known.strip()):
            return Code(made.as_int, "int", made.uses)
        self._context.imports.add("import json")
        return Code(f"json.loads({made.as_text})", "any", made.uses)
