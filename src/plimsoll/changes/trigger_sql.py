"""SQL of what one watched table has: a function that makes tags of changed rows, and triggers that call it. Pure.

The function reads at most ROWS_MAX rows of a statement. Reading stands in a block of its own: whatever fails there,
since a column was dropped, renamed or has another type, whole families are written, and the statement goes on.
The block only reads, so that it takes no transaction id of its own.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final

from plimsoll.changes.changelog_sql import ROWS_MAX
from plimsoll.changes.watch import ColumnFact, TableFact, Watch
from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.tag import KEY_CHARACTERS_MAX, Template, table_tag

OPERATIONS: Final = ("insert", "update", "delete", "truncate")
FEW: Final = 2  # rows up to which tags may be told twice
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
        f"{'IF' if operation == 'insert' else 'ELSIF'} TG_OP = '{operation.upper()}' THEN\n"
        f"            {_tags_of(watch, fact, operation)};"
        for operation in OPERATIONS[:3]
    )
    return f"""CREATE OR REPLACE FUNCTION {writer}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $plimsoll$
DECLARE
    found text[] := {every};
    touched bigint;
    most integer;
BEGIN
    BEGIN
        {branches}
        END IF;
        IF touched = 0 THEN
            found := NULL;
        ELSIF touched > most THEN
            found := {every};
        ELSIF touched > {FEW} THEN
            found := ARRAY(SELECT DISTINCT unnest(found));
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
    """A SELECT that puts rows and tags into `touched` and `found`; what stands above `most` is for whole families.

    As plain as it can be, since it is most of what a trigger costs: sorting tags of one row costs as much again.
    """
    sources = {"insert": ("new_rows",), "delete": ("old_rows",), "update": ("old_rows", "new_rows")}[operation]
    own = literal(table_tag(watch.table))
    if not watch.templates:
        exists = " OR ".join(f"EXISTS (SELECT FROM {source})" for source in sources)
        return f"SELECT CASE WHEN {exists} THEN 1 ELSE 0 END, ARRAY[{own}]::text[] INTO touched, found"
    kinds = {one.name: one for one in fact.columns}
    names = list(dict.fromkeys(name for template in watch.templates for name in template.columns))
    taken = ", ".join(f"r.{quote_identifier(name)} AS c{number}" for number, name in enumerate(names))
    rows = " UNION ALL ".join(f"SELECT {taken} FROM {source} r" for source in sources)
    most = ROWS_MAX * len(sources)
    tags = " || ".join(f"array_agg({_tag(template, names, kinds)})" for template in watch.templates)
    return f"""SELECT count(*), {most}, {tags} || {own}::text INTO touched, most, found
            FROM ({rows} LIMIT {most + 1}) r"""


def _tag(template: Template, names: Sequence[str], kinds: dict[str, ColumnFact]) -> str:
    """SQL for the tag of a row `r`."""
    parts = [_part(f"r.c{names.index(name)}", kinds[name]) for name in template.columns]
    key = " || '/' || ".join(parts)
    if _width(template, kinds) > KEY_CHARACTERS_MAX:
        key = f"plimsoll_changes.tag_key({key})"
    return f"{literal(template.family + ':')} || {key}"


def _part(value: str, column: ColumnFact) -> str:
    """SQL for a value in a key, if its type is still that of the column when it was watched.

    The function runs as who installed it: another type might bring a cast of somebody else's, never to be called.
    """
    made = f"plimsoll_changes.tag_{column.kind}({value})"
    return f"CASE WHEN pg_typeof({value}) = {column.type}::regtype THEN {made} ELSE plimsoll_changes.tag_lost() END"


def _width(template: Template, kinds: dict[str, ColumnFact]) -> int:
    return sum(1 + WIDTHS.get(kinds[name].kind, KEY_CHARACTERS_MAX) for name in template.columns)
