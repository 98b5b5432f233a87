"""Which indexes are one and the same, however they are written. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from plimsoll.core.tuning.index import Index, IndexKey
from tests.prove.tuning.cases import Answer

_WRITTEN = re.compile(r"::text\b|\bpublic\.|[\s()]")  # what the server adds to an expression, and leaves out


def plain(index: Index) -> Index:
    """One form for all that are the same: read forwards, without parentheses and casts to text."""
    keys = tuple(map(_key, index.keys))
    if keys[0].descending and index.method == "btree":
        keys = tuple(map(_turned, keys))
    predicate = _WRITTEN.sub("", index.predicate)
    return replace(index, keys=keys, include=tuple(sorted(index.include)), predicate=predicate)


def plain_all(indexes: Iterable[Index]) -> Answer:
    return frozenset(map(plain, indexes))


def accepted_in(accepted: Sequence[Answer], found: Iterable[Index]) -> Answer | None:
    """The first answer that is among the indexes found, in its plain form."""
    there = plain_all(found)
    return next((plain_all(answer) for answer in accepted if plain_all(answer) <= there), None)


def _key(key: IndexKey) -> IndexKey:
    nulls_first = key.descending if key.nulls_first is None else key.nulls_first
    sql = key.sql if key.column else _WRITTEN.sub("", key.sql)
    return replace(key, sql=sql, nulls_first=nulls_first, opclass=key.opclass.removeprefix("public."))


def _turned(key: IndexKey) -> IndexKey:
    return replace(key, descending=not key.descending, nulls_first=not key.nulls_first)
