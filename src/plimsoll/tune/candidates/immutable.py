"""Whether an expression may stand in an index: whether it always gives the same of the same. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.facts import TableFacts
from plimsoll.tune.candidates.columns import column_of, type_of
from plimsoll.tune.candidates.deparsed import bare, tokens

_FUNCTIONS: Final = frozenset(
    {"lower", "upper", "btrim", "ltrim", "rtrim", "length", "char_length", "substr", "substring", "left", "right",
     "md5", "abs", "floor", "ceil", "ceiling", "round", "trunc", "mod", "coalesce", "reverse", "replace", "split_part",
     "jsonb_extract_path_text", "jsonb_extract_path", "nullif", "greatest", "least"}
)  # fmt: skip
_OF_TIMES: Final = frozenset({"date_trunc", "date_part", "extract"})  # of a time with its zone they follow TimeZone
_OPERATORS: Final = frozenset({"->", "->>", "#>", "#>>", "||", "+", "-", "*", "/", "%", "::"})
_TIMES: Final = ("date", "timestamp")
_WORDS: Final = frozenset({"AT", "TIME", "ZONE", "FROM"})
_FIELDS: Final = frozenset({"year", "month", "day", "hour", "minute", "dow", "isodow", "week", "quarter", "doy"})
_NUMBERS: Final = ("integer", "bigint", "smallint", "numeric", "boolean", "uuid")


def is_immutable(expression: str, facts: TableFacts, functions: frozenset[str]) -> bool:
    """What is not known to be is not. `functions` are users' own that are declared so."""
    words = [word for word in tokens(expression) if not word.isspace()]
    zoned = "ZONE" not in words and any(_base(facts, word) in ("timestamptz", "timetz") for word in words)
    return not zoned and all(_is_known(words, place, facts, functions) for place in range(len(words)))


def _is_known(words: Sequence[str], place: int, facts: TableFacts, functions: frozenset[str]) -> bool:
    word, before = words[place], words[place - 1] if place else ""
    if word[0] in "'\"(),.[]" or word[0].isdigit() or word.startswith("E'"):
        return not word.startswith('"') or _is_name(words, place, facts, functions)
    if before == "::":
        return _cast_is_known(words, place, facts)
    if not (word[0].isalpha() or word[0] == "_"):
        return word in _OPERATORS
    return _is_name(words, place, facts, functions)


def _is_name(words: Sequence[str], place: int, facts: TableFacts, functions: frozenset[str]) -> bool:
    word, after = bare(words[place]), words[place + 1 : place + 2]
    if after == ["("]:
        return _is_function(words, place, functions)
    if after == ["."] or word in _WORDS or word in _FIELDS:
        return True
    return column_of(facts, word) is not None or (place > 0 and words[place - 1] in _TIMES)


def _is_function(words: Sequence[str], place: int, functions: frozenset[str]) -> bool:
    name = bare(words[place])
    if name == "to_tsvector":
        return place + 3 < len(words) and words[place + 2].startswith("'") and "regconfig" in words
    qualified = f"{bare(words[place - 2])}.{name}" if place > 1 and words[place - 1] == "." else name
    return name.lower() in _FUNCTIONS | _OF_TIMES or bool({name, qualified} & functions)


def _cast_is_known(words: Sequence[str], place: int, facts: TableFacts) -> bool:
    """Texts become times by DateStyle, and times texts; what is a constant already is what it is."""
    kind, of_constant = words[place].strip('"'), words[place - 2][0] in "'E"
    if of_constant or kind in _NUMBERS:
        return True
    bases = set(_bases(words, facts))
    if kind in ("date", "timestamp"):
        return bases <= {"timestamp", "date"}
    return kind in ("text", "character", "bpchar", "jsonb") and not bases & {"timestamp", "date", "timestamptz", "time"}


def bases_in(expression: str, facts: TableFacts) -> set[str]:
    """Types of the columns that occur."""
    return set(_bases(tokens(expression), facts))


def _bases(words: Sequence[str], facts: TableFacts) -> Iterator[str]:
    return (base for word in words if (base := _base(facts, word)))


def _base(facts: TableFacts, word: str) -> str:
    kind = type_of(facts, bare(word))
    return "" if kind is None else kind.base
