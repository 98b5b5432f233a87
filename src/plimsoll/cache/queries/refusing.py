"""Why a statement must not be cached. Pure.

What is not known to be safe is refused, with its reason; the statement then runs as if there were no cache.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from plimsoll.cache.queries.facts import Catalog, Function
from plimsoll.cache.queries.plans import Plan
from plimsoll.cache.queries.words import Words, words_of
from plimsoll.core.errors import UsageError

SETTINGS_MAX: Final = 20  # that one statement asks for
_READS: Final = "AccessShareLock"
# The server's own whose answer depends on nothing but what the key has: time zone, formats, locale, roles.
SETTLED: Final = frozenset({
    "date", "date_add", "date_part", "date_subtract", "date_trunc", "extract", "generate_series", "numeric", "overlaps",
    "quote_literal", "quote_nullable", "time", "timestamp", "timestamptz", "timetz", "timezone", "to_timestamp",
    "to_tsquery", "to_tsvector", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "json_to_tsvector",
    "jsonb_to_tsvector", "ts_headline", "length", "array_to_json", "array_to_string", "concat", "concat_ws", "convert",
    "convert_from", "convert_to", "format", "json_build_array", "json_build_object", "jsonb_build_array",
    "jsonb_build_object", "json_populate_record", "json_populate_recordset", "json_to_record", "json_to_recordset",
    "jsonb_populate_record", "jsonb_populate_recordset", "jsonb_to_record", "jsonb_to_recordset",
    "jsonb_path_exists_tz", "jsonb_path_match_tz", "jsonb_path_query_array_tz", "jsonb_path_query_first_tz",
    "jsonb_path_query_tz", "make_timestamptz", "money", "row_to_json", "to_char", "to_date", "to_json", "to_jsonb",
    "to_number", "in_range", "ts_match_tq", "ts_match_tt", "current_setting", "current_user", "session_user",
    "current_database", "json_agg", "jsonb_agg", "string_agg", "array_agg", "json_object_agg", "jsonb_object_agg",
})  # fmt: skip
_CLOCKS: Final = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
_SESSIONS: Final = frozenset({"current_schema", "system_user"})
_OF_THE_SYSTEM: Final = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax"})
_REG: Final = re.compile(r"reg(?:class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)")


def checked_trusted(names: Iterable[str]) -> frozenset[str]:
    """The names. Raises UsageError for one text instead of several, and for what no function can be found by."""
    if isinstance(names, str):
        raise UsageError("trusted functions are several", why=f"got the text {names[:60]!r}", remedy="pass a list")
    for name in (names := tuple(names)):
        if "." not in str(name):
            why = f"{name!r:.80} is not a schema, a dot and a name"
            raise UsageError("not a trusted function", why=why, remedy='as "public.price_of"')
    return frozenset(names)


def objections(sql: str, plan: Plan, catalog: Catalog, trusted: frozenset[str]) -> Iterator[str]:
    """All of them, the plainest first."""
    said = all_words(sql, plan, catalog)
    if plan.refused:
        yield plan.refused
    if said.unsure:
        yield "it has a comment within a comment, or names or quotes that are written in an unusual way"
    yield from _of_relations(plan, catalog)
    written_in = set(_written_in(plan, catalog))
    for call in sorted(said.calls):
        for one in catalog.functions.get(call, ()):
            if one not in written_in and (why := _of_function(one, trusted)):
                yield why
    yield from _of_words(said)
    yield from (f"the cast to {one} calls a function that is not IMMUTABLE" for one in said.bare & catalog.casts)
    yield from (
        f"the operator {one} calls a function that is not IMMUTABLE" for one in said.operators & catalog.operators
    )


def called(plan: Plan) -> Words:
    """What the plan calls, which is what is called in the end."""
    return words_of(plan.expressions)


def all_words(sql: str, plan: Plan, catalog: Catalog) -> Words:
    """Of the statement, of the views and policies that became part of it, and of functions that did."""
    bodies = [one.body for one in _written_in(plan, catalog)]
    texts = [text for one in catalog.relations for text in one.texts]
    return words_of([sql, *texts, *bodies]) | called(plan)


def _written_in(plan: Plan, catalog: Catalog) -> Iterator[Function]:
    """Functions that the plan does not call: their text took their place, or they were not needed."""
    names = called(plan).calls
    for (schema, name), functions in catalog.functions.items():
        for one in functions:
            if one.body and not {(schema, name), (one.schema, name), ("", name)} & names:
                yield one


def _of_words(said: Words) -> Iterator[str]:
    for word in sorted(said.bare & (_CLOCKS | _SESSIONS)):
        yield f"{word} depends on {'when' if word in _CLOCKS else 'the session in which'} it is asked"
    if said.bare & _OF_THE_SYSTEM:
        yield "it reads a column of the system's (ctid, xmin…), which changes without the row"
    if any(map(_REG.fullmatch, said.bare)):
        yield "it reads names of the catalog (regclass, regtype…)"
    if said.moments:
        yield f"the text {min(said.moments)!r} may be read as a date"
    if said.asks_any:
        yield "it calls current_setting with a name that is no constant"
    if len(said.settings) > SETTINGS_MAX:
        yield f"it asks for more than {SETTINGS_MAX} settings"


def _of_relations(plan: Plan, catalog: Catalog) -> Iterator[str]:
    for one in catalog.relations:
        if one.lock != _READS:
            yield f"it locks or writes {one.table}"
        elif one.system:
            yield f"{one.table} belongs to the system"
        elif one.temporary:
            yield f"{one.table} is temporary"
        elif one.kind in "vi":
            continue
        elif one.kind != "r" and one.kind != "p":
            kinds = {"m": "a materialized view", "f": "a foreign table", "S": "a sequence"}
            yield f"{one.table} is {kinds.get(one.kind, 'no table')}"
        elif one.table not in catalog.watched:
            yield f"{one.table} is not watched: plimsoll cache install --table {one.table.written}"
        elif missing := [top for top in one.tops if top not in catalog.watched]:
            yield f"{one.table} is written through {missing[0]} too, which is not watched"
    known = {one.table for one in catalog.relations}
    yield from (f"{one.name} belongs to the system" for one in plan.scans if (one.schema, one.name) not in known)


def _of_function(one: Function, trusted: frozenset[str]) -> str:
    shown = one.name if one.builtin else f"{one.schema}.{one.name}"
    if f"{one.schema}.{one.name}" in trusted:
        return ""
    if one.builtin:
        if one.volatility == "i" or one.name in SETTLED:
            return ""
        return f"{shown}() is volatile" if one.volatility == "v" else f"{shown}() depends on when or where it is asked"
    if one.volatility == "i" and one.ordinary:
        return ""
    return f"what {shown}() reads is not known: it is neither IMMUTABLE nor trusted"
