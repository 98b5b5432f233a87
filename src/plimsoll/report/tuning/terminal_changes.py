"""A change on a terminal: what it is, what it gives and costs, which statements it serves, and the SQL to copy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import APPLIED, Change
from plimsoll.core.tuning.proof import Effect, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import format_ms
from plimsoll.report.lines import cells, heading, indented, line, table
from plimsoll.report.tuning.effects import (
    STATEMENTS_MAX,
    by_weight,
    call_words,
    cold_words,
    count_words,
    details_words,
    effect_words,
    moved,
    queries_of,
    short_statement,
)
from plimsoll.report.tuning.words import (
    SQL_CHARACTERS,
    STEPS_SHOWN,
    example_of,
    gain_words,
    note_of,
    size_words,
    sql_of,
    undo_of,
    writing_words,
)
from plimsoll.report.words import plain, sentence
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

STATEMENTS_SHOWN: Final = 3
ROWS_MAX: Final = 100
WRITES_SHOWN: Final = 2
STATEMENT_CHARACTERS: Final = 140
CELL_CHARACTERS: Final = 60  # of a statement in a table, whose lines are not to be broken where they are piped
SQL_LINES_MAX: Final = 40
STEPS_DETAILED: Final = 8  # those of the whole and of two partitions
EFFECTS: Final[Mapping[Effect, str]] = {"better": "green", "worse": "bold red", "same": "dim", "unclear": "yellow"}


def change_view(
    number: int, one: Advised, queries: Mapping[str, Query], *, details: bool
) -> "Iterable[RenderableType]":
    if number > 1:
        yield line("")
    yield line(sentence(f"{number}. {one.change.title}"), "bold")
    facts = (one.standing, f"confidence {one.confidence}", gain_words(one), size_words(one))
    yield indented(" · ".join(part for part in facts if part))
    yield from _writes(one, details=details)
    yield indented(sentence(mask(one.change.why)), "dim")
    if one.change.risk and (details or not one.proof or one.confidence == "low"):
        yield indented(sentence(f"risk: {mask(one.change.risk)}"), "dim")
    yield from _statements(one, queries, details=details)
    yield from _rewrite(one.change)
    yield from _sql(one.change, details=details)


def _writes(one: Advised, *, details: bool) -> "Iterable[RenderableType]":
    said = writing_words(one, None if details else WRITES_SHOWN)
    yield from (indented(f"writes: {'; '.join(said)}"),) if said else ()


def _statements(one: Advised, queries: Mapping[str, Query], *, details: bool) -> "Iterable[RenderableType]":
    """Those that become better or worse; without a measurement those that it is for."""
    most = STATEMENTS_MAX if details else STATEMENTS_SHOWN
    found = moved(one)
    for two in found[:most]:
        yield _statement(queries, two.query)
        yield indented(effect_words(two, queries.get(two.query)), EFFECTS[two.effect], by=5)
        yield from (indented(details_words(two, queries.get(two.query)), "dim", by=5),) if details else ()
    ids = one.change.queries if one.proof is None else ()
    for id_ in ids[:most]:
        yield _statement(queries, id_)
        yield indented(call_words(queries.get(id_)), "dim", by=5)
    rest = len(found) + len(ids) - most
    if rest > 0:
        yield indented(f"{counted(rest, 'more statement')}: {'--json' if details else '--details'}", "dim")


def _statement(queries: Mapping[str, Query], id_: str) -> "RenderableType":
    return indented(short_statement(queries.get(id_), id_, STATEMENT_CHARACTERS), "green")


def _rewrite(change: Change) -> "Iterable[RenderableType]":
    if change.after:
        yield indented("instead of:", "dim")
        yield from _lines(mask(change.before), "")
        yield indented("write:", "dim")
        yield from _lines(mask(change.after), "cyan")
    if example_of(change):
        yield indented("for example:", "dim")
        yield from _lines(example_of(change), "cyan")
    if note_of(change):
        yield indented(sentence(note_of(change)), "dim")


def _sql(change: Change, *, details: bool) -> "Iterable[RenderableType]":
    """All of it or none: a part of it is nothing to copy. Of many, one for each partition, details show the first."""
    steps, is_applied = change.steps, change.kind in APPLIED
    where = "divide-….sql in the tuning's directory"
    if len(steps) > STEPS_SHOWN and not details:
        yield indented(f"{len(steps)} statements: --details, or {'--out FILE' if is_applied else where}", "dim", by=5)
        return
    if not details:
        yield from _lines("\n".join(f"{step.sql};" for step in steps), "cyan")
        return
    yield from _lines(sql_of(replace(change, steps=steps[:STEPS_DETAILED])), "cyan")
    yield from _alike(len(steps) - STEPS_DETAILED, "--out FILE" if is_applied else where)
    undo = undo_of(change).splitlines()
    if undo:
        yield indented("to undo:", "dim")
        yield from _lines("\n".join(undo[:STEPS_DETAILED]), "dim")
        yield from _alike(len(undo) - STEPS_DETAILED, "--undo-out FILE" if is_applied else where)


def _alike(rest: int, where: str) -> "Iterable[RenderableType]":
    if rest > 0:
        yield indented(f"… and {rest} more, alike: {where} has all", "dim", by=5)


def _lines(sql: str, style: str) -> "Iterable[RenderableType]":
    """What to copy, its own line breaks kept."""
    written = sql.splitlines()
    yield from (indented(plain(one, SQL_CHARACTERS), style, by=5) for one in written[:SQL_LINES_MAX])
    if len(written) > SQL_LINES_MAX:
        yield indented(f"{counted(len(written) - SQL_LINES_MAX, 'more line')}: --out FILE", "dim", by=5)


def measured_view(tuning: Tuning) -> "Iterable[RenderableType]":
    """Each statement of the workload before and after all of it."""
    if tuning.together is None:
        return []
    queries = queries_of(tuning)
    grid = table(["Statement", ">calls", ">before", ">after", ">pages", ">after", "effect"])
    found = by_weight(tuning.together.queries, queries)
    for one in found[:ROWS_MAX]:
        grid.add_row(*_row(one, queries.get(one.query)))
    rest = len(found) - ROWS_MAX
    more = [line(f"{counted(rest, 'more statement')}: --json", "dim")] if rest > 0 else []
    return [*heading("Every statement, before and after all changes"), grid, *more, *_cold(found, queries)]


def _cold(found: Sequence[QueryProof], queries: Mapping[str, Query]) -> "Iterable[RenderableType]":
    """What a call takes with nothing in memory, where that was measured."""
    told = [(one.query, words) for one in found if (words := cold_words(one))]
    if not told:
        return []
    grid = table(["Statement", ">before → after"])
    for id_, words in told:
        grid.add_row(*cells(short_statement(queries.get(id_), id_, CELL_CHARACTERS), words))
    return [*heading("Cold: with nothing of it in memory"), grid]


def _row(one: QueryProof, query: Query | None) -> "Sequence[Text]":
    calls = "" if query is None else count_words(query.calls)
    times = (format_ms(side.ms.value) for side in (one.before, one.after))
    pages = (count_words(side.pages) for side in (one.before, one.after))
    return cells(
        short_statement(query, one.query, CELL_CHARACTERS),
        calls,
        *times,
        *pages,
        (one.effect, EFFECTS[one.effect]),
    )
