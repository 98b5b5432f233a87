"""`plimsoll seed`: fill a database with realistic rows, or say what that would come to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Schema, Table
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.deciding.foreseeing import SAMPLE_ROWS, foresee
from plimsoll.data.deciding.order import fill_order
from plimsoll.data.deciding.plan_names import find_tables, plans_of, skipped
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.plan.writing import write_plan
from plimsoll.data.rows.existing import ROWS_MAX, Existing, columns_needed, read_existing
from plimsoll.data.writing.estimating import Estimate, estimate
from plimsoll.data.writing.fill import Filled, FillPlan
from plimsoll.data.writing.filling import fill
from plimsoll.data.writing.server_refusals import server_refusal
from plimsoll.data.writing.trying import further_tries
from plimsoll.data.writing.watching import Watch
from plimsoll.postgres.catalog import read_schema
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.workflows.learning import Learned, LearnRequest, learn
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target

PLAN_BYTES_MAX = 2**20
FILLING = 7_310_579_614_230_117  # the advisory lock of a fill, which no application is likely to use
NAMED_MAX = 5  # tables named in an error
FEW_ROWS = 100  # looked at before a fill, which finds out the rest itself


@dataclass(frozen=True)
class SeedRequest:
    """What to fill and with what. `schemas` and `tables` narrow it.

    Tables that hold rows are emptied first by `replace`; with `keep` they are left as they are, and the others refer to
    their rows.

    What the plan leaves open is learned from `learning`, where there is one; `scale` then says how many times the rows
    there every table gets.
    """

    where: TargetRequest
    plan: SeedPlan
    schemas: Sequence[str] = ()
    tables: Sequence[str] = ()
    replace: bool = False
    keep: bool = False
    learning: LearnRequest | None = None
    scale: float | None = None


@dataclass(frozen=True)
class SeedEstimate:
    """What would be filled, by table in order; nothing was written. `withheld` as in FillPlan."""

    tables: tuple[Estimate, ...]
    notes: tuple[str, ...]
    not_empty: tuple[str, ...]
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedResult:
    """What was filled. `withheld` as in FillPlan."""

    filled: Filled
    notes: tuple[str, ...]
    withheld: tuple[str, ...] = ()


def plan_from(path: Path) -> SeedPlan:
    """The seed plan of a file. Raises UsageError for what cannot be read."""
    try:
        if path.stat().st_size > PLAN_BYTES_MAX:
            raise UsageError(
                "the seed plan is too large", where=str(path), why="it has more than 1 MiB", remedy="check the path"
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError("cannot read the seed plan", where=str(path), why=why, remedy="check the path") from None
    except UnicodeDecodeError:
        raise UsageError(
            "cannot read the seed plan", where=str(path), why="it is not UTF-8", remedy="save it as UTF-8"
        ) from None
    return read_plan(text, where=str(path))


async def dry_run(request: SeedRequest) -> SeedEstimate:
    """Looks and plans; writes nothing. Raises as `seed`."""
    async with open_target(request.where) as opened, connected(opened) as connection:
        schema, plan = await _planned(connection, request, SAMPLE_ROWS)
        tables = [estimate(table, await further_tries(connection, table)) for table in plan.tables]
        return SeedEstimate(tuple(tables), plan.notes, _not_empty(schema, plan), plan.withheld)


async def plan_of(request: SeedRequest) -> str:
    """A seed plan to begin with, as TOML: looks at the schema, writes nothing. Raises as `seed`."""
    async with open_target(request.where) as opened, connected(opened) as connection:
        _, plan = await _planned(connection, request)
        return write_plan(request.plan, plan.tables)


async def seed(request: SeedRequest, watch: Watch) -> SeedResult:
    """Fills all of it, or nothing.

    Raises UsageError for a plan that does not fit, RefusedError for a protected target, tables that hold rows and what
    cannot be satisfied; the database is then as it was.
    """
    async with open_target(request.where) as opened, connected(_writing(opened)) as connection:
        await _be_alone(connection)
        schema, plan = await _planned(connection, request)
        if not any(one.rows for one in plan.tables):
            why = "every table gets 0 rows, by --rows or by the seed plan"
            raise RefusedError("there is nothing to fill", why=why, remedy="--rows 100, or rows in the seed plan")
        held = _not_empty(schema, plan)
        if held and not request.replace:
            raise _holds_rows(held)
        filled = await fill(connection, plan, watch=watch, empty_first=request.replace and bool(held))
        return SeedResult(filled, plan.notes, plan.withheld)


async def _be_alone(connection: asyncpg.Connection) -> None:
    """Until the connection ends nobody else fills this database: two fills would both find its tables empty."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", FILLING):
        raise RefusedError(
            "somebody else is filling this database",
            why="another plimsoll seed holds its lock",
            remedy="wait until that has ended",
        )


async def _planned(
    connection: asyncpg.Connection, request: SeedRequest, rows: int = FEW_ROWS
) -> tuple[Schema, FillPlan]:
    """Looks at so many `rows` for what the server would refuse of a plan.

    Raises RefusedError for what the server does not let this role look at, too.
    """
    try:
        schema, planned = await _looked_at(connection, request)
    except FOREIGN as error:
        raise server_refusal(error, None, "while its schema was read") from error
    foresee(planned.tables, plans_of(schema, request.plan), request.plan.now, rows)
    return schema, planned


async def _looked_at(connection: asyncpg.Connection, request: SeedRequest) -> tuple[Schema, FillPlan]:
    schema = await read_schema(connection, schemas=request.schemas, tables=request.tables)
    find_tables(schema, request.plan.skip, "skip")
    schema = _only(schema, lambda table: not skipped(table.name, request.plan))
    if request.keep:
        schema = _only(schema, lambda table: table.empty)
    if not schema.tables:
        raise _nothing_to_fill(request)
    learned = await learn(request.learning, schema, connection) if request.learning is not None else Learned()
    planned = assemble(
        schema,
        request.plan,
        statistics=learned.statistics,
        scale=request.scale,
        existing=await _existing(connection, schema, request.plan),
    )
    withheld = tuple(f"{name}.{column}" for name, columns in learned.withheld.items() for column in columns)
    return schema, replace(planned, notes=(*learned.notes, *planned.notes), withheld=withheld)


def _nothing_to_fill(request: SeedRequest) -> RefusedError:
    if request.plan.skip:
        why = "the seed plan skips every table, or every one that is empty"
        return RefusedError("there is nothing to fill", why=why, remedy="take from skip what is to be filled")
    if request.keep:
        return RefusedError("there is nothing to fill", why="every table holds rows", remedy="--replace to empty them")
    if request.schemas:
        why = f"no table was found in {', '.join(request.schemas)}"
        return RefusedError("there is nothing to fill", why=why, remedy="correct --schema, or create the tables first")
    return RefusedError("there is nothing to fill", why="no table was found", remedy="create the tables first")


def _only(schema: Schema, chosen: Callable[[Table], bool]) -> Schema:
    """The others stay as they are, and their rows are referred to."""
    tables = {name: table for name, table in schema.tables.items() if chosen(table)}
    return replace(schema, tables=tables, others=schema.others | (set(schema.tables) - set(tables)))


async def _existing(connection: asyncpg.Connection, schema: Schema, plan: SeedPlan) -> list[Existing]:
    """Tables that hold rows and are not filled, as far as those that are filled rest on them."""
    known = dict(schema.tables)
    wanted = _beyond(schema, known.values()) | {name for name in schema.others if name.name in _taken_from(plan)}
    found: dict[TableName, Table] = {}
    while wanted:
        more = await read_schema(connection, tables=[f"{name.schema}.{name.name}" for name in sorted(wanted)])
        found |= more.tables
        wanted = _beyond(schema, more.tables.values()) - set(found)
    holding = [table for table in found.values() if not table.empty]
    tables = [*known.values(), *holding]
    left, read = ROWS_MAX, {}
    for place, table in enumerate(sorted(holding, key=lambda one: one.rows or ROWS_MAX)):  # small ones as a whole
        most = left // (len(holding) - place)
        read[table.name] = await read_existing(connection, table, columns_needed(table, tables, plan), most)
        left -= read[table.name].rows.height
    return [read[table.name] for table in fill_order({table.name: table for table in holding}).tables]


def _beyond(schema: Schema, tables: Iterable[Table]) -> set[TableName]:
    """Tables that these refer to and that are not filled."""
    return {foreign.referenced for table in tables for foreign in table.foreign_keys} & schema.others


def _taken_from(plan: SeedPlan) -> set[str]:
    """Names of tables from whose rows the plan takes values."""
    columns = [column for table in plan.tables.values() for column in table.columns.values()]
    return {column.among.table.rpartition(".")[2] for column in columns if column.among is not None}


def _writing(opened: OpenTarget) -> OpenTarget:
    """A fill needs statements that outlast a transaction, and no limit on their time."""
    if opened.traits.pooled:
        raise RefusedError(
            "cannot fill through a transaction pooler",
            where=opened.database.display,
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
        remedy="--replace to empty them first (--profile-from target learns from them), or --keep to leave them",
    )


def rows_by_name(rows: Mapping[TableName, int]) -> dict[str, int]:
    """For people and machines."""
    return {str(name): count for name, count in rows.items()}
