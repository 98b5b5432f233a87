"""What an installation or its removal comes to, as statements of one transaction; or why not. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plimsoll.changes import caches_sql, changelog_sql
from plimsoll.changes.changelog_sql import RETAIN_S
from plimsoll.changes.giving_up import notes_of, refuse_followed, refuse_in_use, tags_given_up
from plimsoll.changes.literals import array, literal
from plimsoll.changes.trigger_sql import triggers_sql, watched_sql, writer_of, writer_source, writer_sql
from plimsoll.changes.watch import Installed, Standing, TableFact, Watch
from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName, quote_identifier

if TYPE_CHECKING:
    from plimsoll.changes.caches import SeenCache

LOCK_S: Final = 3  # that the transaction waits for a table; writers wait behind it
STATEMENT_S: Final = 60
RETAIN_S_MIN: Final = 10.0
RETAIN_S_MAX: Final = 86_400.0

READING: Final = ("poll(text)", "tend()", "relations()", "report(text, text, jsonb)", "caches()")
INVALIDATING: Final = ("write(text[])", "relations()", "caches()")

_FUNCTIONS: Final = (
    "tag_integer(bigint)", "tag_boolean(boolean)", "tag_uuid(uuid)", "tag_text(text)", "tag_enum(anyenum)",
    "tag_key(text)", "tag_lost()", "alike(anyelement, anyelement)", "poll(text)", "tend()", "look()", "relations()",
    "report(text, text, jsonb)", "caches()", "write(text[])",
)  # fmt: skip
_PARTS: Final = (
    changelog_sql.TABLES, changelog_sql.KEYS, changelog_sql.LOOK, changelog_sql.RELATIONS, changelog_sql.POLL,
    caches_sql.CACHES, caches_sql.WRITE, changelog_sql.TEND,
)  # fmt: skip
VERSION: Final = hashlib.sha256("".join((*_PARTS, changelog_sql.ON_DDL)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Plan:
    """`statements` are run in order in one transaction; none: there is nothing to do. The rest is for people."""

    statements: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # what is done, a line for each table
    unchanged: tuple[TableName, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """The same for psql."""
        if not self.statements:
            return "-- there is nothing to do\n"
        return "".join(f"{one.strip()};\n" for one in ("BEGIN", *SETTINGS, *self.statements, "COMMIT"))


SETTINGS: Final = (
    f"SET LOCAL lock_timeout = '{LOCK_S}s'",
    f"SET LOCAL statement_timeout = '{STATEMENT_S}s'",
    "SET LOCAL search_path = pg_catalog, pg_temp",
    "SET LOCAL jit = off",
    "SET LOCAL plimsoll.installing = on",
)


def install_plan(
    watches: Sequence[Watch],
    facts: Mapping[TableName, TableFact],
    standing: Standing,
    installed: Sequence[Installed],
    *,
    readers: Sequence[str] = (),
    invalidators: Sequence[str] = (),
    retain_s: float | None = None,
    caches: Sequence["SeenCache"] = (),
) -> Plan:
    """Watches these tables too; those that are watched already and are not named stay. Raises RefusedError.

    `readers` are roles that may poll and report, `invalidators` such as may write tags by hand. `retain_s` None keeps
    what is set, else RETAIN_S. `caches` are processes for which no template that they use may be given up.
    """
    _refuse_standing(standing, "the changelog cannot be installed here")
    if not standing.encoded:
        why = "the database is in SQL_ASCII, which does not know its texts' letters: keys could not be told alike"
        raise RefusedError("the changelog cannot be installed here", why=why, remedy="use a database in UTF8")
    chosen = _tables(installed).union(one.table for one in watches)
    obstacles = [line for one in watches for line in _obstacles(one, facts.get(one.table), chosen)]
    if obstacles:
        raise RefusedError(
            "these tables cannot be watched as they are",
            why="; ".join(obstacles[:10]),
            remedy="correct --table, or leave them out",
        )
    known = {one.watch.table: one for one in installed}
    current = standing.installed and standing.version == VERSION
    given_up = tags_given_up([known[one.table] for one in watches if one.table in known], watches)
    refuse_in_use(given_up, caches)
    todo = [one for one in watches if not (current and _is_as_wanted(known.get(one.table), one, facts[one.table]))]
    statements = [] if current else list(_changelog(standing, retain_s or RETAIN_S))
    if current and retain_s is not None and retain_s != standing.retain_s:
        statements.append(_retain_sql(retain_s))
    for one in sorted(todo, key=lambda watch: watch.table):
        statements += _watch_statements(one, facts[one.table])
    statements += [changelog_sql.LOOKED] if todo else []
    statements += [_tell_sql(given_up)] if given_up else []
    statements += [_grant(role, READING) for role in readers]
    statements += [_grant(role, INVALIDATING) for role in invalidators]
    return Plan(
        tuple(statements),
        tuple(f"{'watch again' if one.table in known else 'watch'} {one}" for one in todo),
        tuple(one.table for one in watches if one not in todo),
        (*_notes(standing), *notes_of(given_up)),
    )


def with_outdated(installed: Sequence[Installed], facts: Mapping[TableName, TableFact]) -> tuple[Installed, ...]:
    """The same, with whether an installation now would make other triggers; where a column is not what it was, all
    families are written in any case."""
    return tuple(
        replace(one, outdated=not one.drift and one.source != writer_source(one.watch, facts[one.watch.table]))
        if one.watch.table in facts
        else one
        for one in installed
    )


def remove_plan(
    standing: Standing,
    installed: Sequence[Installed],
    triggers: Sequence[tuple[str, str, str]],
    tables: Sequence[TableName],
    *,
    caches: Sequence["SeenCache"] = (),
) -> Plan:
    """Takes away what is watched of `tables`, or everything if there are none. Raises RefusedError.

    `triggers` are all that call functions of the schema: name, relation (quoted), function. `caches` are processes for
    which no table whose tags they use may be given up, and not everything; without tables that is all who follow.
    """
    if not standing.schema:
        return Plan()
    if standing.standby or not standing.ours:
        _refuse_standing(standing, "nothing can be removed here")
    unknown = [str(one) for one in tables if one not in _tables(installed)]
    if unknown:
        why = f"{', '.join(unknown)} is not watched"
        raise RefusedError("there is nothing to remove", why=why, remedy="plimsoll cache status lists what is watched")
    writers = {writer_of(one.watch.table) for one in installed if not tables or one.watch.table in tables}
    drops = [
        f"DROP TRIGGER IF EXISTS {quote_identifier(name)} ON {relation}"
        for name, relation, function in triggers
        if not tables or function in writers
    ]
    if not tables:
        refuse_followed(caches)
        return Plan(
            tuple(_whole_removal(standing, drops, writers)), ("remove the changelog and all that belongs to it",)
        )
    gone = [one for one in installed if one.watch.table in tables]
    given_up = tags_given_up(gone, ())
    refuse_in_use(given_up, caches)
    return Plan(
        (
            *(f"DELETE FROM plimsoll_changes.watched WHERE relation = {one.oid}" for one in gone),
            *drops,
            *(f"DROP FUNCTION IF EXISTS plimsoll_changes.{quote_identifier(one)}()" for one in sorted(writers)),
            *(_tell_sql(one.watch.tags) for one in gone),
        ),
        tuple(f"watch {one.written} no more" for one in tables),
        notes=tuple(notes_of(given_up)),
    )


def _whole_removal(standing: Standing, drops: Sequence[str], writers: Collection[str]) -> Iterable[str]:
    """Names each thing of ours, so that what others put into the schema is never dropped with it."""
    if standing.on_ddl:
        yield "DROP EVENT TRIGGER plimsoll_ddl"
    yield from drops
    yield "DROP FUNCTION IF EXISTS plimsoll_changes.on_ddl()"
    for writer in sorted(writers):
        yield f"DROP FUNCTION IF EXISTS plimsoll_changes.{quote_identifier(writer)}()"
    for function in _FUNCTIONS:
        yield f"DROP FUNCTION IF EXISTS plimsoll_changes.{function}"
    tables = ", ".join(f"plimsoll_changes.{one}" for one in ("caches", "watched", "state", "changelog"))
    yield f"DROP TABLE IF EXISTS {tables}"
    yield "DROP SEQUENCE IF EXISTS plimsoll_changes.polls"
    yield "DROP SCHEMA plimsoll_changes"


def _changelog(standing: Standing, retain_s: float) -> Iterable[str]:
    if not standing.schema:
        yield f"CREATE SCHEMA {changelog_sql.SCHEMA}"
    yield from _PARTS
    if standing.superuser:
        yield changelog_sql.ON_DDL
    yield (
        "INSERT INTO plimsoll_changes.state (retain, version) "
        f"VALUES (make_interval(secs => {retain_s:.3f}), {literal(VERSION)}) "
        "ON CONFLICT (one) DO UPDATE SET version = excluded.version, retain = excluded.retain"
    )


def _watch_statements(watch: Watch, fact: TableFact) -> Iterable[str]:
    yield writer_sql(watch, fact)
    for relation in (watch.table.quoted, *fact.members):
        yield triggers_sql(watch, relation)
    yield watched_sql(watch, fact)


def _obstacles(watch: Watch, fact: TableFact | None, chosen: frozenset[TableName]) -> Iterable[str]:
    if fact is None:
        yield f"there is no table {watch.table}"
        return
    yield from (f"{watch.table}: {one}" for one in fact.obstacles)
    yield from _written_above(watch, fact, chosen)
    columns = {one.name: one for one in fact.columns}
    for template in watch.templates:
        for name in template.columns:
            if name not in columns:
                yield f"{watch.table}: there is no column {name!r}, which {template} takes"
            elif not columns[name].kind:
                yield f"{watch.table}: {name!r} cannot be in a key: {columns[name].why}"
        for name in template.when or ():
            if name not in columns:
                yield f"{watch.table}: there is no column {name!r}, which {template} looks at"
            elif columns[name].virtual:
                yield f"{watch.table}: {name!r} is generated when it is read, which triggers do not see: name its parts"


def _written_above(watch: Watch, fact: TableFact, chosen: frozenset[TableName]) -> Iterable[str]:
    """Triggers of a statement are those of the table that it names."""
    if fact.above and chosen.isdisjoint(fact.above):
        yield f"{watch.table}: rows of it are written through {fact.above[0]} too: watch that"
    elif fact.above and watch.templates:
        above = next(one for one in fact.above if one in chosen)
        yield f"{watch.table}: what is written through {above} has the tags of that only: give {above} the templates"


def _refuse_standing(standing: Standing, what: str) -> None:
    if standing.standby:
        raise RefusedError(what, why="the server is a standby", remedy="connect to the primary")
    if not standing.ours:
        remedy = "connect as the role that installed it, or a superuser"
        raise RefusedError(what, why="another role owns the schema plimsoll_changes", remedy=remedy)
    if not standing.schema and not standing.creates:
        why = "the role may not create a schema in this database"
        raise RefusedError(what, why=why, remedy="GRANT CREATE ON DATABASE … TO the role that owns the tables")


def _is_as_wanted(known: Installed | None, wanted: Watch, fact: TableFact) -> bool:
    return (
        known is not None
        and known.watch == wanted
        and known.oid == fact.oid
        and not known.drift
        and known.source == writer_source(wanted, fact)
    )


def _notes(standing: Standing) -> Iterable[str]:
    if not standing.superuser:
        yield (
            "changes of the schema are noticed within a second by whoever polls: "
            "only a superuser may have them told in their own transaction"
        )


def _grant(role: str, functions: Sequence[str]) -> str:
    name, named = quote_identifier(role), ", ".join(f"plimsoll_changes.{one}" for one in functions)
    return f"GRANT USAGE ON SCHEMA plimsoll_changes TO {name}; GRANT EXECUTE ON FUNCTION {named} TO {name}"


def _retain_sql(retain_s: float) -> str:
    return f"UPDATE plimsoll_changes.state SET retain = make_interval(secs => {retain_s:.3f})"


def _tell_sql(tags: Sequence[str]) -> str:
    return f"INSERT INTO plimsoll_changes.changelog (tags) VALUES ({array(tags)})"


def _tables(installed: Sequence[Installed]) -> frozenset[TableName]:
    return frozenset(one.watch.table for one in installed)
