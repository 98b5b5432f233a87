"""SQL of what one watched table has: a function that makes tags of changed rows, and triggers that call it. Pure.

The function reads at most ROWS_MAX rows of a statement. Reading stands in a block of its own: whatever fails there,
since a column was dropped, renamed or has another type, whole families are written, and the statement goes on.
The block only reads, so that it takes no transaction id of its own.
"""

import hashlib
import json
import re
from typing import Final

from plimsoll.changes.literals import array, literal
from plimsoll.changes.tags_sql import named_columns, tags_sql
from plimsoll.changes.watch import TableFact, Watch
from plimsoll.core.identifiers import TableName, quote_identifier

OPERATIONS: Final = ("insert", "update", "delete", "truncate")
FIRST: Final = ("update", "insert", "delete")  # what is most often written is asked for first
FEW: Final = 2  # rows up to which tags may be told twice
_DEFINED: Final = "LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp"
_TRANSITIONS: Final = {
    "insert": " REFERENCING NEW TABLE AS new_rows",
    "update": " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": " REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}


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
    return f"""CREATE OR REPLACE FUNCTION {writer}() RETURNS trigger {_DEFINED} AS $plimsoll${
        writer_source(watch, fact)
    }$plimsoll$;
REVOKE ALL ON FUNCTION {writer}() FROM PUBLIC"""


def writer_source(watch: Watch, fact: TableFact) -> str:
    """The function's text as the catalog keeps it. It names the triggers' SQL, too, so that by it is known whether an
    installation is as this version would make it."""
    made = hashlib.sha256(f"{_DEFINED}{triggers_sql(watch, watch.table.quoted)}".encode()).hexdigest()[:16]
    every = array(watch.tags)
    branches = "\n        ".join(
        f"{'IF' if operation == FIRST[0] else 'ELSIF'} TG_OP = '{operation.upper()}' THEN\n"
        f"            {tags_sql(watch, fact, operation)}"
        for operation in FIRST
    )
    moving = _moving(every) if fact.moves else ""
    return f"""
#variable_conflict use_column
-- for triggers {made}
DECLARE
    found text[];
    shared text[];
    touched bigint;
    most integer;
    stack text;
BEGIN
    BEGIN
        {moving}{branches}
        ELSE
            found := {every};
        END IF;
        IF touched > {FEW} THEN
            found := CASE WHEN touched > most THEN coalesce(shared, {every})
                          ELSE ARRAY(SELECT DISTINCT unnest(found)) END;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        found := {every};
    END;
    IF found IS NOT NULL THEN
        INSERT INTO plimsoll_changes.changelog (tags, gone) VALUES (found, TG_OP = 'DELETE' OR TG_OP = 'TRUNCATE');
    END IF;
    RETURN NULL;
END """


def _moving(every: str) -> str:
    """A row that MERGE moves to another partition is in no transition table of its statement, whatever the version.

    So what may be a MERGE writes whole families: by its own text, by that of a statement of a function, or where the
    text is not to be had (a function in SQL, EXECUTE of what was prepared).
    """
    merge, hidden, either = map(literal, (r"\mmerge\M", r"\nSQL function", r"\m(merge|execute)\M"))
    return f"""IF TG_OP = 'UPDATE' THEN
            GET DIAGNOSTICS stack = PG_CONTEXT;
        END IF;
        IF stack ~* {merge} OR stack ~ {hidden} OR stack IS NOT NULL AND current_query() ~* {either} THEN
            found := {every};
        ELS"""


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
    names = named_columns(watch, fact)
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
