"""Making journeys of a workload: its statements are chosen, understood, sampled for and tried out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import asyncpg
from sqlglot.errors import SqlglotError

from plimsoll.core.check import counted
from plimsoll.core.schema import Table
from plimsoll.core.sql.tokens import strings, tokens, without_comments
from plimsoll.core.sql.values import Cell
from plimsoll.core.statement import Workload, WorkloadStatement
from plimsoll.load.importers.capture.building import Draft, captured, different, readable
from plimsoll.load.importers.capture.calibrating import (
    AGAIN,
    AGAIN_PATTERNS,
    CHECKS,
    FAR_BEYOND,
    PROBES,
    Effort,
    around_best,
    between,
    by_width,
    closest,
    differs,
    effort_of,
    has_width,
    is_loose,
    nearest,
    probes,
)
from plimsoll.load.importers.capture.choosing import LeftOut, Noise, noise, top
from plimsoll.load.importers.capture.fresh import Fresh, fresh_columns, settings_needed
from plimsoll.load.importers.capture.journeys import Captured
from plimsoll.load.importers.capture.parsing import Relation
from plimsoll.load.importers.capture.redacting import Redactor, values_in
from plimsoll.workflows.capturing.facts import RelationFacts
from plimsoll.workflows.capturing.refusing import none_fit, nothing_called
from plimsoll.workflows.capturing.statements import (
    CannotCaptureError,
    try_out,
)
from plimsoll.workflows.capturing.understanding import Understanding
from plimsoll.workflows.target import TargetRequest

# Volatile as PostgreSQL calls it, but without effect on anybody.
HARMLESS: Final = frozenset(
    {"random", "clock_timestamp", "timeofday", "gen_random_uuid", "uuid_generate_v4", "all", "any"}
)


# What an odd statement may make our reading of it raise: it is left out, and costs nobody the other statements.
TRIPPED: Final = (SqlglotError, RecursionError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

Say = Callable[[str], None]  # to whoever waits, in a line


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What to capture: of a window of so many seconds, or of all since the server's counters began (None)."""

    where: TargetRequest
    window_s: float | None
    top: int = 20
    reads_only: bool = False
    redact: bool = False


@dataclass(frozen=True)
class Capture:
    """What was found. `left_out` are statements that no journey stands for, `noise` what nobody would replay."""

    database: str
    workload: Workload
    captured: Sequence[Captured]
    left_out: Sequence[LeftOut]
    noise: Sequence[Noise]
    facts: Mapping[Relation, RelationFacts]
    redacted: bool

    @property
    def protected_by_policies(self) -> list[str]:
        """Tables under row-level security that the captured statements use."""
        used = {relation for one in self.captured for relation in one.relations if relation in self.facts}
        return sorted({str(self.facts[each].name) for each in used if self.facts[each].row_security})


class Maker:
    """Makes journeys of a workload, a statement at a time."""

    def __init__(self, connection: asyncpg.Connection, request: CaptureRequest, timeout_s: float, say: Say) -> None:
        self._connection = connection
        self._request = request
        self._timeout_s = timeout_s
        self._say = say
        self._found = Understanding(connection, timeout_s, Random())

    async def capture(self, workload: Workload, database: str) -> Capture:
        told_noise, statements = await self._found.sorted_out(workload.statements, self._request.top)
        if not statements:
            raise nothing_called(workload)
        chosen = top(statements, self._request.top)
        self._say(f"trying out {counted(len(chosen), 'statement')}")
        await self._found.look_up(chosen)
        kept, left_out = await self._made(chosen)
        if not kept:
            raise none_fit(left_out)
        return Capture(database, workload, kept, left_out, noise(told_noise), self._found.facts, self._request.redact)

    async def _made(self, chosen: Sequence[WorkloadStatement]) -> tuple[list[Captured], list[LeftOut]]:
        """All are looked at before the first is made: what --redact makes up must be none of all values found."""
        drafts: list[tuple[Draft, list[dict[int, Cell]]]] = []
        kept, left_out = [], []
        for statement in chosen:
            try:
                drafts.append(await self._drafted(statement))
            except CannotCaptureError as error:
                left_out.append(LeftOut(statement, str(error)))
            except TRIPPED as error:
                left_out.append(LeftOut(statement, f"it is not understood ({type(error).__name__})"))
        redactor = _redactor(drafts) if self._request.redact else None
        for draft, rows in drafts:
            try:
                kept.append(await self._tried(draft, _redacted(draft, rows, redactor)))
            except CannotCaptureError as error:
                left_out.append(LeftOut(draft.statement, str(error)))
            except TRIPPED as error:
                left_out.append(LeftOut(draft.statement, f"it is not understood ({type(error).__name__})"))
        return kept, sorted(left_out, key=lambda one: -one.statement.total_ms)

    async def _drafted(self, statement: WorkloadStatement) -> tuple[Draft, list[dict[int, Cell]]]:
        """Prepared, with values for its parameters. Raises CannotCaptureError."""
        if self._request.redact:
            statement = _without_words(statement)
        draft = await self._found.prepared(statement)
        if self._request.reads_only and draft.parsed is not None and draft.parsed.effect == "writes":
            raise CannotCaptureError("it writes, and only reads were asked for")
        return await self._found.with_values(draft)

    async def _tried(self, draft: Draft, rows: Sequence[Mapping[int, Cell]]) -> Captured:
        """Raises CannotCaptureError."""
        found, rows = bool(rows), readable(draft, rows)
        if found and not rows:
            raise CannotCaptureError("none of the values found for it can be read")
        table = self._found.table(draft)
        fresh = fresh_of(draft, table, rows)
        one = captured(draft, rows, fresh, table)
        effects = self._effects(draft)
        if effects or one.effect == "writes":
            await try_out(self._connection, one, probes(len(one.rows) or 1, CHECKS), self._timeout_s, run=False)
            one = _with_defaults(one, draft, table)
            return _with_effects(one, effects) if effects else one
        if not is_loose(draft) or len(rows) < PROBES or self._request.redact:
            tried = await self._efforts(one, list(range(len(rows))), probes(len(rows) or 1, CHECKS))
            return captured(draft, rows, fresh, table, _nonempty(differs(draft, list(tried.values()))))
        order, wanted = by_width(draft, rows), effort_of(draft)
        enough, again = (wanted.size + FAR_BEYOND, AGAIN) if has_width(draft) else (math.inf, AGAIN_PATTERNS)
        tried = await self._efforts(one, order, probes(len(rows), PROBES), enough)
        tried |= await self._efforts(one, order, between(order, around_best(order, tried, wanted), again), enough)
        keep = around_best if has_width(draft) else nearest
        kept = [rows[place] for place in keep(order, tried, wanted)]
        return captured(draft, kept, fresh, table, _nonempty(differs(draft, [tried[closest(tried, wanted)]])))

    async def _efforts(
        self, one: Captured, order: Sequence[int], ranks: Sequence[int], enough: float = math.inf
    ) -> dict[int, Effort]:
        """What the statement does with the values at some ranks. Raises CannotCaptureError."""
        places = [order[rank] if order else 0 for rank in ranks]
        found = await try_out(self._connection, one, places, self._timeout_s, run=True, enough=enough)
        return {ranks[at]: effort for at, effort in found.items()}

    def _effects(self, draft: Draft) -> str:
        called = draft.parsed.functions if draft.parsed is not None else frozenset()
        return ", ".join(sorted((called & self._found.functions.volatile) - HARMLESS))


def _nonempty(note: str) -> list[str]:
    return [note] if note else []


def fresh_of(draft: Draft, table: Table | None, rows: Sequence[Mapping[int, Cell]]) -> Fresh:
    """What an INSERT must make anew; with ON CONFLICT it says itself what becomes of a row that is there."""
    if table is None or "ON CONFLICT" in " ".join(draft.query.upper().split()):
        return Fresh({})
    return fresh_columns(table, different(draft, rows))


def _stored(draft: Draft) -> set[str]:
    """Columns that an INSERT names or fills."""
    filled = {use.name for use in draft.uses if use.kind in ("stored", "rows")}
    return filled | {token.text.strip('"') for token in tokens(draft.query) if token.kind in ("word", "quoted")}


def _with_defaults(one: Captured, draft: Draft, table: Table | None) -> Captured:
    notes = settings_needed(table, _stored(draft)) if table is not None else []
    return replace(one, notes=(*one.notes, *notes))


def _with_effects(one: Captured, effects: str) -> Captured:
    note = f"Was not tried out: it calls {effects}, which may have effects."
    return replace(one, effect="writes", notes=(*one.notes, note))


def _without_words(statement: WorkloadStatement) -> WorkloadStatement:
    """Without comments, which may say who sent it. Raises CannotCaptureError for one that holds strings."""
    query = without_comments(statement.query)
    if strings(query):
        raise CannotCaptureError("its text holds strings, which --redact does not let through")
    return replace(statement, query=query)


def _redactor(found: Sequence[tuple[Draft, Sequence[Mapping[int, Cell]]]]) -> Redactor:
    cells = ((cell, draft.types[number]) for draft, rows in found for row in rows for number, cell in row.items())
    return Redactor(Random(), {one for cell, name in cells if cell is not None for one in values_in(cell, name)})


def _is_schema(type_name: str, draft: Draft) -> bool:
    return type_name in draft.enums or type_name.startswith("reg")


def _redacted(
    draft: Draft, rows: Sequence[Mapping[int, Cell]], redactor: Redactor | None
) -> Sequence[Mapping[int, Cell]]:
    """Labels of enums and names such as that of a text search configuration are the schema's own and stay."""
    if redactor is None:
        return rows
    return redactor.rows(
        rows,
        draft.types,
        [number for number, name in draft.types.items() if _is_schema(name, draft)],
    )
