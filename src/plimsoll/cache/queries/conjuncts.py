"""Which columns a scan's condition holds to one value, or to a few. Pure.

Conditions are as the server writes them in a plan, and only forms are known whose meaning is beyond doubt: `column =
value` among what must all hold. Whatever else is there only makes a scan give fewer rows. Values are constants,
parameters and settings; casts are known where equal stays equal by the text of the key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.identifiers import unquoted
from plimsoll.core.sql.tokens import Token, tokens

Kind = Literal["integer", "boolean", "uuid", "text", "enum"]  # how a column becomes a part of a key

# A parenthesis that is optional at both ends is there at both or at none: what is matched is balanced.
_IDENT: Final = r'(?:[a-z_][a-z0-9_]*|"(?:[^"]|"")*")'
_COLUMN: Final = rf"(?P<alias>{_IDENT})\.(?P<column>{_IDENT})"
_CAST: Final = rf"\(?{_COLUMN}(?:\)::(?P<cast>text|integer|bigint|smallint))?"
_TYPE: Final = rf"(?:[a-z]+(?: varying)?|{_IDENT}\.{_IDENT}|{_IDENT})"
_ASKED: Final = r"(?:NULLIF\()?current_setting\('(?P<setting>[^'\\]+)'::text(?:, (?:true|false))?\)(?:, ''::text\))?"
_SETTING: Final = rf"\(?{_ASKED}(?:\)::(?P<read>integer|bigint|uuid))?"
_VALUE: Final = rf"(?P<value>\$\d+|\d+|'(?:[^']|'')*'::(?P<type>{_TYPE})|{_SETTING})"
_ANY: Final = r"ANY \((?P<any>\$\d+|'\{[^'\\\"{}]*\}'::(?P<of>[a-z]+(?: varying)?)\[\])\)"
_FORMS: Final = (
    re.compile(rf"{_CAST} = {_VALUE}", re.DOTALL),
    re.compile(rf"{_VALUE} = {_CAST}", re.DOTALL),
    re.compile(rf"{_CAST} = {_ANY}", re.DOTALL),
)
_WHOLE: Final = re.compile(r"-?\d+")
_PLAIN: Final = re.compile(r"[\w.@:+-]+")


@dataclass(frozen=True, slots=True)
class Value:
    """What a column is held to: `text` is the constant, "3" of the third parameter, or the setting's name.

    `several`: any one of an array; a constant one is its texts with commas between. `cast`: what the column is cast
    to, `type` what the constant or setting is.
    """

    source: Literal["constant", "parameter", "setting"]
    text: str
    several: bool = False
    cast: str = ""
    type: str = ""


def equalities(texts: Iterable[str], alias: str) -> Mapping[str, Sequence[Value]]:
    """By column of the scan of that alias: what all of its rows have there. Several: each by itself is true."""
    found: dict[str, list[Value]] = {}
    for text in texts:
        for part in conjuncts(text):
            one = _equality(part, alias)
            if one is not None:
                found.setdefault(one[0], []).append(one[1])
    return found


def conjuncts(text: str) -> Iterator[str]:
    """Parts that must all hold, without parentheses around them. What is not a conjunction is one part."""
    said = list(tokens(text))
    low, high = _unwrapped(said, 0, len(said))
    begin, depth = low, 0
    parts = []
    for at in range(low, high):
        depth += _depth(said[at])
        if depth == 0 and said[at].kind == "word" and said[at].text == "AND":
            parts.append((begin, at))
            begin = at + 1
    if not parts:
        yield _text(said, low, high)
        return
    for first, last in (*parts, (begin, high)):
        yield from conjuncts(_text(said, first, last))


def fits(value: Value, kind: Kind) -> bool:
    """Whether a row that is held to the value has the value's key, for a column of that kind."""
    if value.cast and (value.cast == "text") != (kind == "text"):
        return False
    if value.cast and kind not in ("text", "integer"):
        return False
    if value.source == "parameter":
        return True  # its type is asked of the server
    known: Mapping[Kind, frozenset[str]] = {
        "integer": frozenset({"", "integer", "bigint", "smallint"}),
        "text": frozenset({"text", "character varying", "name"}),
        "uuid": frozenset({"uuid"}),
        "boolean": frozenset({"boolean"}),
    }
    if value.source == "setting":
        return (value.type or "text") in known.get(kind, ())
    return kind == "enum" or value.type in known[kind]


def constant_texts(value: Value, kind: Kind) -> Sequence[str] | None:
    """Of a constant: the values as texts; None where that is not sure."""
    texts = value.text.split(",") if value.several else [value.text]
    if value.several and (texts == [""] or any(not _PLAIN.fullmatch(one) or one.upper() == "NULL" for one in texts)):
        return None
    if kind == "integer" and not all(map(_WHOLE.fullmatch, texts)):
        return None
    return texts


def _equality(part: str, alias: str) -> tuple[str, Value] | None:
    found = next(filter(None, (form.fullmatch(part) for form in _FORMS)), None)
    if found is None or unquoted(found["alias"]) != alias:
        return None
    return unquoted(found["column"]), _value(found.groupdict())


def _value(named: Mapping[str, str | None]) -> Value:
    cast = named["cast"] or ""
    if text := named.get("any"):
        if text.startswith("$"):
            return Value("parameter", text[1:], several=True, cast=cast)
        return Value("constant", text[2 : text.rindex("}")], several=True, cast=cast, type=named["of"] or "")
    if setting := named.get("setting"):
        return Value("setting", setting.lower(), cast=cast, type=named.get("read") or "")
    text = named["value"] or ""
    if text.startswith("$"):
        return Value("parameter", text[1:], cast=cast)
    if text.startswith("'"):
        kind = named.get("type") or ""
        return Value("constant", text[1 : text.rindex("'::")].replace("''", "'"), cast=cast, type=kind)
    return Value("constant", text, cast=cast)


def _unwrapped(said: Sequence[Token], low: int, high: int) -> tuple[int, int]:
    """Without blanks at the ends, and parentheses that hold all of it."""
    while low < high and said[low].kind == "space":
        low += 1
    while low < high and said[high - 1].kind == "space":
        high -= 1
    if high - low < 2 or said[low].text != "(" or said[high - 1].text != ")":
        return low, high
    depth = 0
    for at in range(low, high - 1):
        depth += _depth(said[at])
        if depth == 0:
            return low, high
    return _unwrapped(said, low + 1, high - 1)


def _depth(token: Token) -> int:
    """Brackets of arrays too: an AND within them is no part."""
    if token.kind != "other":
        return 0
    return {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)


def _text(said: Sequence[Token], low: int, high: int) -> str:
    return "".join(one.text for one in said[low:high]).strip()
