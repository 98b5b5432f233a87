"""What installing the outbox or removing it comes to, as statements of one transaction; or why not. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.changes import planning as changelog
from plimsoll.changes.literals import literal
from plimsoll.changes.planning import Plan
from plimsoll.changes.watch import Standing
from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.edge.providers.provider import LOCAL
from plimsoll.edge.purge import outbox_sql as sql

PROVIDERS_MAX: Final = 8
ASKING: Final = ("ask(text[], text[], boolean[], text[])", "backlog()")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_INSTALL: Final = "plimsoll edge install"


@dataclass(frozen=True, slots=True)
class Outbox:
    """What is there: `ours` if we own the schema, `version` by which it was made, which providers it is for, and how
    many rows wait, parked ones included."""

    schema: bool
    ours: bool
    version: str = ""
    providers: tuple[str, ...] = ()
    rows: int = 0

    @property
    def installed(self) -> bool:
        return self.version != ""


def install_plan(
    standing: Standing,
    outbox: Outbox,
    providers: Sequence[str],
    *,
    purgers: Sequence[str] = (),
    invalidators: Sequence[str] = (),
) -> Plan:
    """For these providers, beside those that are there. `purgers` are roles that may empty it, `invalidators` such as
    may ask for purges by hand. Raises UsageError, and RefusedError for what cannot be."""
    names = checked_providers((*outbox.providers, *providers))
    _refuse(standing, outbox)
    new = [name for name in names if name not in outbox.providers]
    if not names:
        why = "without one there is nobody to purge"
        raise UsageError("no provider is named", why=why, remedy=f"{_INSTALL} --provider local")
    statements: list[str] = []
    if outbox.version != sql.VERSION:
        statements += ["CREATE SCHEMA plimsoll_edge"] if not outbox.schema else []
        statements += [sql.TABLES, sql.ASK, sql.BACKLOG, sql.BEGIN_HERE]
    statements += [_provider_sql(name) for name in new]
    statements += [grant for role in purgers for grant in _purger_sql(role)]
    statements += [_granted(role, "plimsoll_edge", ASKING) for role in invalidators]
    notes = []
    if new:
        told = "what is stored there from before is not: plimsoll edge purge --all"
        notes.append(f"{', '.join(new)}: what changes from here on is purged; {told}")
    return Plan(tuple(statements), tuple(f"purge at {name}" for name in new), notes=tuple(notes))


def remove_plan(standing: Standing, outbox: Outbox, providers: Sequence[str] = ()) -> Plan:
    """Takes away these providers, or everything. What waits for them goes with them, which is told."""
    if not outbox.schema:
        return Plan()
    if standing.standby or not outbox.ours:
        _refuse(standing, outbox)
    unknown = [one for one in providers if one not in outbox.providers]
    if unknown:
        why = f"{', '.join(unknown)} is none of {', '.join(outbox.providers) or 'none at all'}"
        raise RefusedError("there is nothing to remove", why=why, remedy="plimsoll edge status lists what is there")
    if providers and {*providers} != {*outbox.providers}:
        return Plan(
            tuple(f"DELETE FROM plimsoll_edge.providers WHERE name = {literal(one)}" for one in providers),
            tuple(f"purge at {one} no more" for one in providers),
            notes=("what waits for them is lost",),
        )
    return Plan(tuple(_removal()), ("remove the outbox and all that belongs to it",), notes=tuple(_lost(outbox)))


def _lost(outbox: Outbox) -> Iterable[str]:
    if outbox.rows:
        yield f"lost with it: {counted(outbox.rows, 'purge')} that nobody has acknowledged"


def checked_providers(names: Iterable[str]) -> tuple[str, ...]:
    """Each once. Raises UsageError."""
    checked = tuple(dict.fromkeys(names))
    wrong = next((one for one in checked if not _NAME.fullmatch(one)), None)
    if wrong is not None:
        why = f"{wrong[:60]!r} is not of small letters, digits and -"
        raise UsageError("not a provider", why=why, remedy="--provider local, cloudflare or fastly")
    if len(checked) > PROVIDERS_MAX:
        raise UsageError("too many providers", why=f"{len(checked)} are named", remedy=f"at most {PROVIDERS_MAX}")
    return checked


def _refuse(standing: Standing, outbox: Outbox) -> None:
    what = "the outbox cannot be installed or removed here"
    if standing.standby:
        raise RefusedError(what, why="the server is a standby", remedy="connect to the primary")
    if not standing.installed:
        why = "no changes are written down in this database"
        raise RefusedError(what, why=why, remedy="plimsoll cache install --table 'public.orders=order:{id}'")
    if not (standing.ours and outbox.ours):
        remedy = "connect as the role that installed it, or a superuser"
        raise RefusedError(what, why="another role owns the changelog or the outbox", remedy=remedy)
    if standing.version != changelog.VERSION:
        why = "the changelog is of another version of Plimsoll"
        raise RefusedError(what, why=why, remedy="plimsoll cache install with the tables that are watched")
    if not outbox.schema and not standing.creates:
        why = "the role may not create a schema in this database"
        raise RefusedError(what, why=why, remedy="GRANT CREATE ON DATABASE … TO the role that owns the tables")


def _provider_sql(name: str) -> str:
    rank = 0 if name == LOCAL else 1
    return f"INSERT INTO plimsoll_edge.providers (name, rank) VALUES ({literal(name)}, {rank}) ON CONFLICT DO NOTHING"


def _purger_sql(role: str) -> Iterable[str]:
    name = quote_identifier(role)
    yield _granted(role, "plimsoll_changes", ("poll(text)", "tend()"))
    yield _granted(role, "plimsoll_edge", ASKING)
    yield (
        f"GRANT SELECT, UPDATE ON plimsoll_edge.providers, plimsoll_edge.position TO {name}; "
        f"GRANT SELECT, UPDATE, DELETE ON plimsoll_edge.outbox TO {name}"
    )


def _granted(role: str, schema: str, functions: Sequence[str]) -> str:
    name, named = quote_identifier(role), ", ".join(f"{schema}.{one}" for one in functions)
    return f"GRANT USAGE ON SCHEMA {schema} TO {name}; GRANT EXECUTE ON FUNCTION {named} TO {name}"


def _removal() -> Iterable[str]:
    """Names each thing of ours, so that what others put into the schema is never dropped with it."""
    for function in ASKING:
        yield f"DROP FUNCTION IF EXISTS plimsoll_edge.{function}"
    yield "DROP TABLE IF EXISTS plimsoll_edge.outbox, plimsoll_edge.position, plimsoll_edge.providers"
    yield "DROP SCHEMA plimsoll_edge"
