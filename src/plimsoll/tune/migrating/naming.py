"""What a new index is called, so that it takes nobody's name; and what a statement builds."""

import hashlib
import re
from itertools import count
from typing import Final

from plimsoll.core.identifiers import NAME_BYTES_MAX, quote_identifier, unquoted
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex, Index

_DIGEST: Final = 6  # characters, as in an index's own long name
_DIGESTED: Final = re.compile(rf"_[0-9a-f]{{{_DIGEST}}}\Z")
_BUILDS: Final = re.compile(r'CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?("(?:[^"]|"")+"|[^\s"]+) ON ')


def name_of(index: Index, facts: DatabaseFacts) -> str:
    """Its own name, or one with a digest where that is something else's. The same one each time, so that what a try
    left behind is found by the next one."""
    own = index.name
    others = (f"{_cut(own)}_{_digest(index, number)}" for number in count())
    return (
        own if not _is_taken(own, index, facts) else next(name for name in others if not _is_taken(name, index, facts))
    )


def in_schema(index: Index, name: str) -> str:
    """An index's quoted name: it is in its table's schema."""
    return f"{quote_identifier(index.table.schema)}.{quote_identifier(name)}"


def built_name(sql: str) -> str:
    """The bare name of the index that a step's statement builds; "" where it builds none."""
    found = _BUILDS.match(sql)
    return unquoted(found[1]) if found else ""


def built_by(change: Change) -> list[ExistingIndex]:
    """The index that a change makes, as if it were there, and that of each partition: their names are taken then."""
    if change.index is None:
        return []
    schema, names = change.index.table.schema, [built_name(step.sql) for step in change.steps]
    return [ExistingIndex(name, schema, change.index, "") for name in names if name]


def _is_taken(name: str, index: Index, facts: DatabaseFacts) -> bool:
    schema = index.table.schema
    relations = (*facts.tables, *facts.views, *facts.schema.others)
    if any((one.schema, one.name) == (schema, name) for one in relations):
        return True
    there = [one.index for one in facts.indexes if (one.schema, one.name) == (schema, name)]
    return any(not _is_same(one, index, name) for one in there)


def _is_same(there: Index, index: Index, name: str) -> bool:
    """The server writes expressions in its own way; a name with a digest says enough."""
    return there.table == index.table and (there == index or _DIGESTED.search(name) is not None)


def _cut(name: str) -> str:
    return name.encode()[: NAME_BYTES_MAX - _DIGEST - 1].decode(errors="ignore").rstrip("_")


def _digest(index: Index, number: int) -> str:
    return hashlib.sha256(f"{index.definition}{number}".encode()).hexdigest()[:_DIGEST]
