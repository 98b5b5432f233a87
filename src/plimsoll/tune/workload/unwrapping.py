"""The query within a statement that only carries it: of a cursor, a COPY, a prepared statement, an EXPLAIN. Pure."""

import re
from typing import Final

_NAME: Final = r"(?:\"(?:[^\"]|\"\")*+\"|[\w$]++)"
_QUERY: Final = r"(?=\(*\s*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE)\b)"
_EXPLAINED: Final = re.compile(
    rf"\s*+EXPLAIN\s*(?:\([^)]*+\)\s*|(?:(?:ANALYZE|ANALYSE|VERBOSE)\s+)*){_QUERY}", re.IGNORECASE
)
_CARRIED: Final = re.compile(
    rf"""
    \s*+ (?:
      DECLARE \s+ {_NAME} \s+ (?: (?:BINARY|ASENSITIVE|INSENSITIVE|NO|SCROLL) \s+ )* CURSOR \s+
      (?: WITH(?:OUT)? \s+ HOLD \s+ )? FOR \s+
    | PREPARE \s+ {_NAME} \s* (?: \([^)]*+\) \s* )? AS \s+
    ) {_QUERY}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COPIED: Final = re.compile(rf"\s*+COPY\s*\({_QUERY}", re.IGNORECASE)
_TO: Final = re.compile(r"\)\s*TO\s+(?:STDOUT|PROGRAM\b|')", re.IGNORECASE)


def explained(text: str) -> str:
    """What an EXPLAIN is of; any other text itself. Who counts calls leaves it: nobody but people and tools, ours among
    them, sends one."""
    found = _EXPLAINED.match(text)
    return text[found.end() :] if found is not None else text


def unwrapped(text: str) -> str:
    """What is asked; the text itself where it carries nothing, and of an EXPLAIN."""
    carried = _CARRIED.match(text)
    if carried is not None:
        return text[carried.end() :]
    copied = _COPIED.match(text)
    end = _last_to(text) if copied is not None else None
    return text[copied.end() : end] if copied is not None and end is not None else text


def _last_to(text: str) -> int | None:
    """Where the parenthesis closes: the last such place, for a query may hold something alike."""
    places = [found.start() for found in _TO.finditer(text)]
    return places[-1] if places else None
