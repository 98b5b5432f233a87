"""SQL of what one watched table has: a function that makes tags of changed rows, and triggers that call it. Pure.

The function reads at most ROWS_MAX rows of a statement. Reading stands in a block of its own: whatever fails there,
since a column was dropped, renamed or has another type, whole families are written, and the statement goes on.
The block only reads, so that it takes no transaction id of its own.

Most statements change one row and no key: those are told by a query of their own, which has fewer tags to make and
nothing to count. What a query costs is mostly setting up each function that is named in it, once for a statement.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.changes.changelog_sql import ROWS_MAX
from plimsoll.changes.watch import ColumnFact, TableFact, Watch
from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tag import KEY_CHARACTERS_MAX, NULL, Template, table_tag

OPERATIONS: Final = ("insert", "update", "delete", "truncate")
FIRST: Final = ("update", "insert", "delete")  # what is most often written is asked for first
FEW: Final = 2  # rows up to which tags may be told twice
SERVERS_OWN: Final = {  # by number: types that nobody can make anew, and no cast of anybody else's leads from
    16: "bool", 19: "name", 20: "int8", 21: "int2", 23: "int4", 25: "text", 1043: "varchar", 2950: "uuid",
}  # fmt: skip
WIDTHS: Final = {"integer": 20, "boolean": 5, "uuid": 36}  # characters at most; others have no bound worth knowing
_TRANSITIONS: Final = {
    "insert": " REFERENCING NEW TABLE AS new_rows",
    "update": " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": " REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}


def literal(text: str) -> str:
    """A text in SQL, whatever is in it and however standard_conforming_strings is set."""
    quoted = "'" + text.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def array(texts: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(map(literal, texts))}]::text[]"


def digest(table: TableName) -> str:
    return hashlib.sha256(table.quoted.encode()).hexdigest()[:8]


def writer_of(table: TableName) -> str:
    """The name of the function: readable, and no other table's."""
    readable = re.sub(r"[^a-z0-9_]+", "_", table.name.lower(), flags=re.ASCII)[:40]
    return f"write_{readable}_{digest(table)}"


def trigger_name(table: TableName, operation: str) -> str:
    return f"plimsoll_{operation}_{digest(table)}"


def writer_sql(watch: Watch, fact: TableFact) -> str:
    """Creates or replaces the function. The columns of all templates are among the fact's."""
    writer = f"plimsoll_changes.{quote_identifier(writer_of(watch.table))}"
    every = array(watch.tags)
    branches = "\n        ".join(
        f"{'IF' if operation == FIRST[0] else 'ELSIF'} TG_OP = '{operation.upper()}' THEN\n"
        f"            {_tags_of(watch, fact, operation)}"
        for operation in FIRST
    )
    return f"""CREATE OR REPLACE FUNCTION {writer}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $plimsoll$
DECLARE
    found text[];
    touched bigint;
    most integer;
BEGIN
    BEGIN
        {branches}
        ELSE
            found := {every};
        END IF;
        IF touched > {FEW} THEN
            found := CASE WHEN touched > most THEN {every} ELSE ARRAY(SELECT DISTINCT unnest(found)) END;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        found := {every};
    END;
    IF found IS NOT NULL THEN
        INSERT INTO plimsoll_changes.changelog (tags) VALUES (found);
    END IF;
    RETURN NULL;
END $plimsoll$;
REVOKE ALL ON FUNCTION {writer}() FROM PUBLIC"""


def triggers_sql(watch: Watch, relation: str) -> str:
    """The four triggers on a relation (quoted): the table, or one below it. Those of an earlier installation go."""
    writer = f"plimsoll_changes.{quote_identifier(writer_of(watch.table))}"
    return ";\n".join(
        f"CREATE OR REPLACE TRIGGER {name} AFTER {operation.upper()} ON {relation}{_TRANSITIONS[operation]} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {writer}();\n"
        f"ALTER TABLE ONLY {relation} ENABLE ALWAYS TRIGGER {name}"
        for operation in OPERATIONS
        for name in [quote_identifier(trigger_name(watch.table, operation))]
    )


def watched_sql(watch: Watch, fact: TableFact) -> str:
    """Writes down what is watched, and whole families: what was cached before was not watched."""
    names = {name for template in watch.templates for name in template.columns}
    columns = [
        {"name": one.name, "number": one.number, "type": one.type, "collation": one.collation}
        for one in fact.columns
        if one.name in names
    ]
    values = ", ".join(
        [
            str(fact.oid),
            *map(literal, watch.table),
            array([str(one) for one in watch.templates]),
            literal(json.dumps(columns)),
            literal(writer_of(watch.table)),
            array(watch.tags),
        ]
    )
    table = f"schema = {literal(watch.table.schema)} AND name = {literal(watch.table.name)}"
    return f"""DELETE FROM plimsoll_changes.watched WHERE relation = {fact.oid} OR ({table});
INSERT INTO plimsoll_changes.watched (relation, schema, name, templates, columns, writer, tags) VALUES ({values});
INSERT INTO plimsoll_changes.changelog (tags) VALUES ({array(watch.tags)})"""


def _tags_of(watch: Watch, fact: TableFact, operation: str) -> str:
    """SELECTs that put tags into `found`, NULL if no row was touched; above two rows, how many into `touched`."""
    sources = {"insert": ("new_rows",), "delete": ("old_rows",), "update": ("old_rows", "new_rows")}[operation]
    own = literal(table_tag(watch.table))
    if not watch.templates:
        exists = " OR ".join(f"EXISTS (SELECT FROM {source})" for source in sources)
        return f"SELECT ARRAY[{own}]::text[] INTO found WHERE {exists};"
    kinds = {one.name: one for one in fact.columns}
    columns = [kinds[name] for name in dict.fromkeys(n for template in watch.templates for n in template.columns)]
    return f"""{_of_one(watch, columns, sources, own)};
            IF found IS NULL THEN
                {_of_many(watch, columns, sources, own)};
            END IF;"""


def _of_one(watch: Watch, columns: Sequence[ColumnFact], sources: Sequence[str], own: str) -> str:
    """For one row whose keys are what they were.

    The first side is counted: an update has no more new rows than old ones, but fewer where a row that goes to another
    partition is refused there by a trigger. Each side stands behind LIMIT: a session keeps the plan of its first
    statement, and that of thousands of rows joined with as many would be compiled (jit) for each row written later.
    """
    row = sources[-1]
    values = {one.name: f"{row}.{quote_identifier(one.name)}" for one in columns}
    tags = ", ".join(_tag(template, values, columns) for template in watch.templates)
    kept = [f" AND {_kept(one)}" for one in columns] if len(sources) > 1 else []
    named = ", ".join(quote_identifier(one.name) for one in columns)
    single = ", ".join(f"(SELECT {named} FROM {source} LIMIT 1) {source}" for source in sources)
    return f"""SELECT ARRAY[{tags}, {own}]::text[] INTO found FROM {single}
                WHERE NOT EXISTS (SELECT FROM {sources[0]} OFFSET 1) AND {_typed(values, columns)}{"".join(kept)}"""


def _of_many(watch: Watch, columns: Sequence[ColumnFact], sources: Sequence[str], own: str) -> str:
    """For rows of any number; what stands above `most` is for whole families.

    As plain as it can be: sorting tags of one row costs as much again.
    """
    values = {one.name: f"r.c{number}" for number, one in enumerate(columns)}
    taken = ", ".join(f"r.{quote_identifier(one.name)} AS c{number}" for number, one in enumerate(columns))
    rows = " UNION ALL ".join(f"SELECT {taken} FROM {source} r" for source in sources)
    most = ROWS_MAX * len(sources)
    tags = " || ".join(f"array_agg({_tag(template, values, columns)})" for template in watch.templates)
    return f"""SELECT count(*), {most}, {tags} || {own}::text INTO touched, most, found
                FROM ({rows} LIMIT {most + 1}) r WHERE {_typed(values, columns)} HAVING count(*) > 0"""


def _tag(template: Template, values: Mapping[str, str], columns: Sequence[ColumnFact]) -> str:
    """SQL for the tag of a row whose columns are `values`."""
    kinds = {one.name: one for one in columns}
    key = " || '/' || ".join(_part(values[name], kinds[name]) for name in template.columns)
    if _width(template, kinds) > KEY_CHARACTERS_MAX:
        key = f"plimsoll_changes.tag_key({key})"
    return f"{literal(template.family + ':')} || {key}"


def _part(value: str, column: ColumnFact) -> str:
    """SQL for a value in a key, if its type is still that of the column when it was watched.

    The function runs as who installed it: another type might bring a cast of somebody else's, never to be called.
    """
    if column.type in SERVERS_OWN and column.kind in WIDTHS:
        return f"coalesce({value}::text, '{NULL}')"
    made = f"plimsoll_changes.tag_{column.kind}({value})"
    if column.type in SERVERS_OWN:
        return made
    return f"CASE WHEN pg_typeof({value}) = {column.type}::regtype THEN {made} ELSE plimsoll_changes.tag_lost() END"


def _typed(values: Mapping[str, str], columns: Sequence[ColumnFact]) -> str:
    """SQL that is true, and no statement unless each column of a type of the server's own has it still.

    So it is told when a statement is read, and costs nothing afterwards: the planner leaves out what stands beside
    `true`. Types of others may be made anew under their names: only their numbers tell, and these row by row.
    """
    alike = [
        f"plimsoll_changes.alike({values[one.name]}, NULL::{SERVERS_OWN[one.type]})"
        for one in columns
        if one.type in SERVERS_OWN
    ]
    return f"(true OR {' OR '.join(alike)})" if alike else "true"


def _kept(column: ColumnFact) -> str:
    """SQL for that an update left a key's column as it was, to the byte."""
    old, new = (f"{source}.{quote_identifier(column.name)}" for source in ("old_rows", "new_rows"))
    if column.type not in SERVERS_OWN:
        old, new = (_part(value, column) for value in (old, new))
    if column.kind not in WIDTHS:
        old, new = (f'{value}::text COLLATE "C"' for value in (old, new))
    return f"{old} IS NOT DISTINCT FROM {new}"


def _width(template: Template, kinds: Mapping[str, ColumnFact]) -> int:
    return sum(1 + WIDTHS.get(kinds[name].kind, KEY_CHARACTERS_MAX) for name in template.columns)
