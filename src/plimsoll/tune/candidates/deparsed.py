"""Conditions as the server writes them in plans, taken apart without changing a letter of what remains. Pure.

The server parenthesises every operator, so that its text needs no grammar; what CREATE INDEX gets is the text itself.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from plimsoll.core.identifiers import quote_identifier

# unequal: no index finds such rows, but one may be of them alone.
Kind = Literal["equal", "any", "range", "null", "boolean", "pattern", "operator", "unequal"]
_CACHED: Final = 2_000
_TOKEN: Final = re.compile(
    r"""\s+|[EBX]?'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|\d[\d.eE]*|[^\W\d][\w$]*|::|[-+*/<>=~!@\#%^&|`?]+|.""", re.DOTALL
)
_WORD: Final = re.compile(r'[^\W\d][\w$]*|"(?:[^"]|"")*"')
_OPERATOR: Final = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_RANGES: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_PATTERNS: Final = ("~~", "~~*", "~", "~*", "^@")
_ONE_WAY: Final = ("!~~", "!~~*", "!~", "!~*")
# A varchar is compared as text, which its index serves.
_HARMLESS: Final = ("text", "bpchar", "character", "varying")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on one table. `column` is the bare name, "" where an expression is held against `value`;
    `expression` is that side as SQL without the table's name. `operator` is as if that side stood left; "" of one
    without another side. `joined`: the other side has columns. `row` are the columns of a row comparison. `text` is
    the whole of it without the table's name. `as_text`: the column is cast to a text, which only texts do not mind."""

    kind: Kind
    column: str
    expression: str
    operator: str = ""
    value: str = ""
    joined: bool = False
    row: tuple[str, ...] = ()
    text: str = ""
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A key of an order. `nulls_first` is None where the direction's own order of NULLs holds."""

    column: str
    expression: str
    descending: bool = False
    nulls_first: bool | None = None

    @property
    def turned(self) -> "SortTerm":
        """The same, read backwards."""
        nulls = None if self.nulls_first is None else not self.nulls_first
        return SortTerm(self.column, self.expression, not self.descending, nulls)


@lru_cache(_CACHED)
def predicates(text: str, aliases: frozenset[str]) -> tuple[Predicate, ...]:
    """Those on a table of these aliases that must all hold; nothing of what is not understood."""
    sides = _split(_stripped(tokens(text)), "AND")
    return tuple(found for side in sides if (found := _predicate(side, aliases)) is not None)


@lru_cache(_CACHED)
def alternatives(text: str, aliases: frozenset[str]) -> tuple[tuple[Predicate, ...], ...]:
    """The sides of an OR in it, where each of them has conditions."""
    for part in _split(_stripped(tokens(text)), "AND"):
        sides = _split(_stripped(part), "OR")
        if len(sides) > 1:
            found = tuple(predicates("".join(side), aliases) for side in sides)
            return found if all(any(one.kind != "unequal" for one in side) for side in found) else ()
    return ()


@lru_cache(_CACHED)
def sort_term(text: str, aliases: frozenset[str]) -> SortTerm | None:
    """Of a line of "Sort Key"; None of another table's."""
    words = tokens(text)
    nulls = None
    if "NULLS" in words:
        place = words.index("NULLS")
        nulls, words = words[-1] == "FIRST", words[:place]
    words = _trimmed(words)
    descending = bool(words) and words[-1] == "DESC"
    words = _stripped(words[:-1] if descending else words)
    side = _side(words, aliases)
    if side is None:
        return None
    return SortTerm(side[0] if len(words) == 3 else "", side[1], descending, nulls)


def columns_in(texts: Iterable[str], aliases: frozenset[str]) -> frozenset[str]:
    """Bare names of the columns of a table that occur."""
    return frozenset(name for text in texts for name, alias in _references(tokens(text)) if alias in aliases)


def words_in(text: str) -> frozenset[str]:
    """Bare names of whatever might be a column, of a text that names no tables: that is how the output of a plan with
    one table is written."""
    found = tokens(text)
    if any(True for _ in _references(found)):
        return frozenset()
    return frozenset(bare(word) for word in found if _WORD.fullmatch(word))


def extreme(text: str, aliases: frozenset[str]) -> str:
    """The column of min(column) or max(column), which the first or last entry of an index is; "" of anything else."""
    found = [word for word in tokens(text) if not word.isspace()]
    if found[:1] not in (["min"], ["max"]) or found[1:2] != ["("] or found[-1:] != [")"]:
        return ""
    inner = found[2:-1]
    if len(inner) == 1 and _WORD.fullmatch(inner[0]):
        return bare(inner[0])
    side = _side(inner, aliases) if len(inner) == 3 else None
    return side[0] if side is not None else ""


def bare(word: str) -> str:
    """An identifier without its quotes."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def tokens(text: str) -> list[str]:
    """All of it, blanks too."""
    return _TOKEN.findall(text)


def _trimmed(words: Sequence[str]) -> list[str]:
    kept = list(words)
    while kept and kept[0].isspace():
        kept.pop(0)
    while kept and kept[-1].isspace():
        kept.pop()
    return kept


def _stripped(words: Sequence[str]) -> list[str]:
    """Without the parentheses around all of it."""
    words = _trimmed(words)
    while len(words) > 1 and words[0] == "(" and _closing(words) == len(words) - 1:
        words = _trimmed(words[1:-1])
    return words


def _closing(words: Sequence[str]) -> int:
    return next((place for place, depth in enumerate(_depths(words)) if depth == 0), -1)


def _depths(words: Sequence[str]) -> Iterator[int]:
    """How deep in parentheses and CASE we are after each word."""
    depth = 0
    for word in words:
        depth += (word in ("(", "[", "CASE")) - (word in (")", "]", "END"))
        yield depth


def _split(words: Sequence[str], by: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word, depth in zip(words, _depths(words), strict=True):
        if word == by and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _references(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(column, alias) of each; a function of a schema is none, nor is a type."""
    for place in range(len(words) - 2):
        first, dot, second = words[place : place + 3]
        after = words[place + 3] if place + 3 < len(words) else ""
        if (
            dot == "."
            and after != "("
            and words[max(0, place - 1)] != "::"
            and _WORD.fullmatch(first)
            and _WORD.fullmatch(second)
        ):
            yield bare(second), bare(first)


def _without(words: Sequence[str], aliases: frozenset[str]) -> str:
    """The text, without the names of the table."""
    kept: list[str] = []
    for word in words:
        kept.append(word)
        if len(kept) > 2 and kept[-2] == "." and _WORD.fullmatch(word) and bare(kept[-3]) in aliases:
            del kept[-3:-1]
    return "".join(kept)


def _side(words: Sequence[str], aliases: frozenset[str]) -> tuple[str, str] | None:
    """(column or "", expression) of a side whose columns are all of the table; None of another."""
    words = _stripped(words)
    found = set(_references(words))
    if not found or any(alias not in aliases for _, alias in found) or _has_subplan(words):
        return None
    inner = _uncast(words)
    if len(inner) == 3 and len(found) == 1:
        name = next(iter(found))[0]
        return name, quote_identifier(name)
    return "", _without(words, aliases)


def _uncast(words: Sequence[str]) -> list[str]:
    """Without casts at its end that change nothing."""
    words = _stripped(words)
    place = len(words) - 1 - words[::-1].index("::") if "::" in words else 0
    ending = [word for word in words[place + 1 :] if not word.isspace()]
    if place and all(word in _HARMLESS for word in ending) and list(_depths(words))[place] == 0:
        return _uncast(words[:place])
    return words


def _has_subplan(words: Sequence[str]) -> bool:
    return "SubPlan" in words or "InitPlan" in words


def _predicate(words: Sequence[str], aliases: frozenset[str]) -> Predicate | None:
    words = _stripped(words)
    text = _without(words, aliases)
    if words and words[0] == "NOT":
        return _boolean(_stripped(words[1:]), aliases, text)
    if len(_split(words, "IS")) > 1:
        return _tested(words, aliases, text)
    place = _operator_at(words)
    if place is None:
        return _boolean(words, aliases, text)
    return _compared(words[:place], words[place], words[place + 1 :], aliases, text)


def _boolean(words: Sequence[str], aliases: frozenset[str], text: str) -> Predicate | None:
    side = _side(words, aliases)
    return Predicate("boolean", *side, text=text) if side is not None and side[0] else None


def _tested(words: Sequence[str], aliases: frozenset[str], text: str) -> Predicate | None:
    """IS NULL, IS NOT NULL, IS TRUE …; IS DISTINCT FROM is served by no index."""
    left, *right = _split(words, "IS")
    said = " ".join(word for part in right for word in part if not word.isspace())
    side = _side(left, aliases)
    if side is None or said not in ("NULL", "NOT NULL", "TRUE", "FALSE", "NOT TRUE", "NOT FALSE"):
        return None
    return Predicate("null" if said.endswith("NULL") else "boolean", *side, operator=said, text=text)


def _operator_at(words: Sequence[str]) -> int | None:
    depths = list(_depths(words))
    places = (place for place, word in enumerate(words) if depths[place] == 0 and _OPERATOR.fullmatch(word))
    return next(places, None)


def _compared(
    left: Sequence[str], operator: str, right: Sequence[str], aliases: frozenset[str], text: str
) -> Predicate | None:
    ours, other = _side(left, aliases), _trimmed(right)
    if ours is None and operator in ("=", *_RANGES):  # these can be turned around
        ours, other, operator = _side(right, aliases), _trimmed(left), _RANGES.get(operator, operator)
    if _trimmed(right)[:1] in (["ANY"], ["ALL"]) and other != _trimmed(right):
        return None  # an element sought in an array column, which a GIN index serves by @> only
    listed = other[:1] == ["ANY"]
    if ours is None or operator in _ONE_WAY or (listed and operator != "="):
        return None
    if operator == "<>" and not (ours[0] and _is_literal(other)):
        return None
    others = {alias for _, alias in _references(other)}
    if others & aliases:
        return None  # held against another column of the same row
    kind = "any" if listed else _kind(operator)
    row = _row(left, aliases) if kind == "range" else ()
    ours = (row[0], quote_identifier(row[0])) if row else ours
    as_text = "::" in (left if _side(left, aliases) is not None else right) and bool(ours[0])
    return Predicate(kind, *ours, operator, "".join(other), bool(others), row, text, as_text)


def _is_literal(words: Sequence[str]) -> bool:
    return bool(words) and (words[0][0] in "'E" or words[0][0].isdigit())


def _kind(operator: str) -> Kind:
    if operator == "=":
        return "equal"
    if operator in _RANGES:
        return "range"
    if operator == "<>":
        return "unequal"
    return "pattern" if operator in _PATTERNS else "operator"


def _row(words: Sequence[str], aliases: frozenset[str]) -> tuple[str, ...]:
    """The columns of ROW(a, b)."""
    words = _stripped(words)
    if not words or words[0] != "ROW":
        return ()
    sides = [_side(part, aliases) for part in _split(words[2:-1], ",")]
    names = tuple(side[0] for side in sides if side is not None and side[0])
    return names if len(names) == len(sides) else ()
