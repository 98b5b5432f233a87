"""`plimsoll seed`: fill a database with realistic rows, or say what that would come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Schema
from plimsoll.data.assembling import assemble
from plimsoll.data.estimating import Estimate, estimate
from plimsoll.data.fill import Filled, FillPlan
from plimsoll.data.filling import fill
from plimsoll.data.plan import SeedPlan
from plimsoll.data.plan_text import read_plan
from plimsoll.data.watching import Watch
from plimsoll.postgres.catalog import read_schema
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target

PLAN_BYTES_MAX = 2**20
NAMED_MAX = 5  # tables named in an error


@dataclass(frozen=True)
class SeedRequest:
    """What to fill and with what. `schemas` and `tables` narrow it; `replace` empties tables that hold rows first."""

    where: TargetRequest
    plan: SeedPlan
    schemas: Sequence[str] = ()
    tables: Sequence[str] = ()
    replace: bool = False


@dataclass(frozen=True)
class SeedEstimate:
    """What would be filled, by table in order; nothing was written."""

    tables: tuple[Estimate, ...]
    notes: tuple[str, ...]
    not_empty: tuple[str, ...]


@dataclass(frozen=True)
class SeedResult:
    """What was filled."""

    filled: Filled
    notes: tuple[str, ...]


def plan_from(path: Path) -> SeedPlan:
    """The seed plan of a file. Raises UsageError for what cannot be read."""
    try:
        if path.stat().st_size > PLAN_BYTES_MAX:
            raise UsageError("the seed plan is too large", where=str(path), why="it has more than 1 MiB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError("cannot read the seed plan", where=str(path), why=why, remedy="check the path") from None
    return read_plan(text, where=str(path))


async def dry_run(request: SeedRequest) -> SeedEstimate:
    """Looks and plans; writes nothing. Raises as `seed`."""
    async with open_target(request.where) as opened, connected(opened) as connection:
        schema, plan = await _planned(connection, request)
        return SeedEstimate(tuple(map(estimate, plan.tables)), plan.notes, _not_empty(schema, plan))


async def seed(request: SeedRequest, watch: Watch) -> SeedResult:
    """Fills all of it, or nothing.

    Raises UsageError for a plan that does not fit, RefusedError for a protected target, tables that hold rows and what
    cannot be satisfied; the database is then as it was.
    """
    async with open_target(request.where) as opened, connected(_writing(opened)) as connection:
        schema, plan = await _planned(connection, request)
        held = _not_empty(schema, plan)
        if held and not request.replace:
            raise _holds_rows(held)
        filled = await fill(connection, plan, watch=watch, empty_first=request.replace and bool(held))
        return SeedResult(filled, plan.notes)


async def _planned(connection: asyncpg.Connection, request: SeedRequest) -> tuple[Schema, FillPlan]:
    schema = await read_schema(connection, schemas=request.schemas, tables=request.tables)
    if not schema.tables:
        raise RefusedError("there is nothing to fill", why="no table was found", remedy="create the tables first")
    return schema, assemble(schema, request.plan)


def _writing(opened: OpenTarget) -> OpenTarget:
    """A fill needs statements that outlast a transaction, and no limit on their time."""
    if opened.traits.pooled:
        raise RefusedError(
            "cannot fill through a transaction pooler",
            where=opened.target.display,
            why="COPY in one long transaction would hold its server",
            remedy="connect to the server itself",
        )
    return replace(opened)


def _not_empty(schema: Schema, plan: FillPlan) -> tuple[str, ...]:
    return tuple(str(one.table.name) for one in plan.tables if not schema.tables[one.table.name].empty and one.rows)


def _holds_rows(tables: Sequence[str]) -> RefusedError:
    more = f" and {len(tables) - NAMED_MAX} more" if len(tables) > NAMED_MAX else ""
    return RefusedError(
        "tables hold rows already",
        why=f"{', '.join(tables[:NAMED_MAX])}{more}",
        remedy="--replace to empty the tables of the plan first, or --table to fill others only",
    )


def rows_by_name(rows: Mapping[TableName, int]) -> dict[str, int]:
    """For people and machines."""
    return {str(name): count for name, count in rows.items()}
