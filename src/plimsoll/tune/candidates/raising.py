"""Whether an index's expressions may fail for a value that their columns may hold: then it is a constraint on what is
written, which nobody has asked for. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index
from plimsoll.tune.candidates.deparsed import bare, tokens
from plimsoll.tune.candidates.immutable import bases_in

# What is cast to a type without an error: columns of these types. Bounds of numbers that are computed are left aside.
_SAFE: Final[dict[str, frozenset[str]]] = {
    "smallint": frozenset({"int2"}),
    "integer": frozenset({"int2", "int4", "bool"}),
    "bigint": frozenset({"int2", "int4", "int8"}),
    "numeric": frozenset({"int2", "int4", "int8", "numeric"}),
    "boolean": frozenset({"bool", "int4"}),
    "uuid": frozenset({"uuid"}),
    "date": frozenset({"date", "timestamp", "timestamptz"}),
    "timestamp": frozenset({"date", "timestamp", "timestamptz"}),
    "jsonb": frozenset({"jsonb"}),
}
_GIVING_NUMBERS: Final = frozenset({"length", "char_length", "extract", "date_part", "floor", "ceil", "round", "trunc"})


def constraint_words(index: Index, facts: TableFacts) -> str:
    """What such an index refuses; "" where it refuses nothing."""
    texts = [key.sql for key in index.keys if not key.column] + [index.predicate]
    found = dict.fromkeys(words for text in texts for words in _refusing(text, facts))
    if not found:
        return ""
    return (
        f"From then on a row for which {' or '.join(found)} cannot be written any more: INSERT and UPDATE fail, as by "
        "a constraint."
    )


def _refusing(text: str, facts: TableFacts) -> Iterator[str]:
    words = [word for word in tokens(text) if not word.isspace()]
    for place, word in enumerate(words):
        if word == "::":
            kind, operand = words[place + 1].strip('"'), _operand(words[:place])
            if not _is_harmless(kind, operand, facts):
                yield f"{''.join(operand)} is no {kind}"
        elif word in ("/", "%") and not _is_constant(words[place + 1 :]):
            yield f"{text} divides by 0"


def _operand(words: Sequence[str]) -> Sequence[str]:
    """What a cast behind these words is of: a name, or what is in parentheses with the function's name."""
    if words[-1] != ")":
        return words[-1:]
    depth = 0
    for place in range(len(words) - 1, -1, -1):
        depth += (words[place] == ")") - (words[place] == "(")
        if not depth:
            called = place and words[place - 1][0].isalpha()
            return words[place - 1 if called else place :]
    return words


def _is_harmless(kind: str, operand: Sequence[str], facts: TableFacts) -> bool:
    safe = _SAFE.get(kind)
    if safe is None or _is_constant(operand) or bare(operand[0]) in _GIVING_NUMBERS:
        return True
    return "->>" not in operand and bases_in(" ".join(operand), facts) <= safe


def _is_constant(words: Sequence[str]) -> bool:
    """Whether it begins with one; the server writes (100)::numeric."""
    first = next((word for word in words if word != "("), "")
    return first[:1].isdigit() or first[:1] == "'"
