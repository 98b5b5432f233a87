"""A tuning as files of plain SQL: what is advised, and what takes it back. psql runs them, and so does any tool that
sends statements one by one outside of a transaction."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import APPLIED, Change, Step
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.core.visible import visible
from plimsoll.settings.masking import mask
from plimsoll.tune.migrating.catalog_checks import is_built, literal
from plimsoll.tune.migrating.gains import gain, totals
from plimsoll.tune.migrating.locks import lock_timeout_s
from plimsoll.tune.migrating.recreating import statements_of

COLUMNS: Final = 100
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:[µm]?s|min|h|d|B|[KMGT]iB)\b|%)")  # a line does not end between them
_BEGIN: Final = (
    "",
    "-- A time limit of the role's own would break a build off. What is not there to drop needs no notice.",
    "SET statement_timeout = 0;",
    "SET client_min_messages = warning;",
)
_END: Final = ("", "RESET lock_timeout;", "RESET statement_timeout;", "RESET client_min_messages;")
_HOW: Final = (
    "Statements stand by themselves: CREATE and DROP INDEX CONCURRENTLY are refused within a transaction.",
    (
        "lock_timeout ends what would hold others up by waiting. What is built CONCURRENTLY holds nobody up, but waits "
        "for transactions that began before it, and for those it may wait longer."
    ),
    (
        "After a failure run the file again. A build that was broken off leaves an index that is not valid; so "
        "each is dropped before it is built. What is finished would be built again, too: take it out of the file, or "
        "use plimsoll tune apply, which goes on where it stopped."
    ),
)
_UNDO_HOW: Final = (
    "Takes everything back, the last change first. What is not there is passed over.",
    "Indexes are built again by their own definitions; comments on them, statistics targets and tablespaces are not.",
)


def applicable(advised: Sequence[Advised]) -> list[tuple[int, Advised]]:
    """What a migration does, in its order, with its number among all advice: indexes are there before those that they
    replace are dropped."""
    numbered = [(at, one) for at, one in enumerate(advised, 1) if one.change.kind in APPLIED and one.change.steps]
    return sorted(numbered, key=lambda one: one[1].change.kind == "drop-index")


def migration(tuning: Tuning) -> str:
    """migration.sql: each change with its gain, its size and what it takes."""
    changes = applicable(tuning.advised)
    lines = [*heading_lines(tuning, "migration.sql", "What is advised", _HOW), *_totals(tuning), *_left_out(tuning)]
    if not changes:
        return _text([*lines, "", "-- There is nothing to do."])
    lines += _BEGIN
    for number, one in changes:
        lines += ["", *_about(number, one), *_guard(one.change), *steps_lines(one.change.steps)]
    return _text([*lines, *_END])


def undo(tuning: Tuning) -> str:
    """undo.sql: the same in reverse."""
    lines = heading_lines(tuning, "undo.sql", "What takes back the migration", _UNDO_HOW)
    changes = [
        one
        for one in (one for _, one in reversed(applicable(tuning.advised)))
        if any(step.undo for step in one.change.steps)
    ]
    if not changes:
        return _text([*lines, "", "-- There is nothing to take back."])
    lines += _BEGIN
    for one in changes:
        lines += ["", *comment(f"Takes back: {one.change.title}")]
        for statement in (text for step in reversed(one.change.steps) for text in statements_of(step.undo)):
            lines += statement_lines(statement)
    return _text([*lines, *_END])


def comment(text: str, indent: str = "") -> list[str]:
    """Lines of a comment, whatever the text holds."""
    words = _UNIT.sub("\0", visible(" ".join(mask(text).split())))
    wrapped = textwrap.wrap(words, COLUMNS - 3 - len(indent), break_long_words=False, break_on_hyphens=False)
    return [f"-- {indent}{line}".replace("\0", " ") for line in wrapped]


def heading_lines(tuning: Tuning, name: str, what: str, how: Sequence[str]) -> list[str]:
    """What the file is, and how to run it."""
    where = f"{what} for database {tuning.database} ({tuning.server}), {tuning.made_at:%Y-%m-%d %H:%M %Z}."
    whence = f"Tuning {tuning.id}; workload: {tuning.workload.source}."
    lines = [*comment(where.replace(" .", ".")), *comment(whence), "--"]
    lines += [f"--     psql -v ON_ERROR_STOP=1 -f {name}", "--"]
    for one in how:
        lines += comment(one)
    return lines


def _totals(tuning: Tuning) -> Iterator[str]:
    said = totals(tuning)
    if said:
        yield "--"
        yield from comment(said)


def _left_out(tuning: Tuning) -> Iterator[str]:
    """Advice that is no statement for the database."""
    done = [number for number, _ in applicable(tuning.advised)]
    others = [(number, one) for number, one in enumerate(tuning.advised, 1) if number not in done]
    if others:
        yield "--"
        yield from comment("Advised too, and not in this file (statements for the database are in by-hand.sql):")
        for number, one in others:
            yield from comment(f"{number}. {one.change.title}", "  ")


def _about(number: int, one: Advised) -> Iterator[str]:
    change = one.change
    yield from comment(f"{number}. {change.title}")
    yield from comment(change.why)
    yield from comment(gain(one))
    if cost := _cost(one):
        yield from comment(cost)
    if change.risk:
        yield from comment(f"Risk: {change.risk}")


def _guard(change: Change) -> Iterator[str]:
    """A statement that fails where the index is gone that serves in the place of one to drop: psql stops at it."""
    existing, name = change.existing, change.details.get("instead", "")
    if existing is None or not name:
        return
    there = is_built(existing.schema, name, existing.index.table)
    yield from comment(f"Stops here unless {name}, which serves in its place, is there and valid.")
    yield f"SELECT CASE WHEN ({there})"
    yield f"  THEN 'there' ELSE concat({literal(f'{name} is gone: {existing.name} stays')})::int::text END AS instead;"


def _cost(one: Advised) -> str:
    """Size and time of what is built."""
    size = one.proof.size_bytes if one.proof else one.estimate.size_bytes if one.estimate else 0
    build = one.proof.build_s if one.proof else None
    measured = "on the copy" if one.proof else "reckoned"
    said = [f"Size {format_bytes(size)} ({measured})"] * bool(size and one.change.kind == "create-index")
    said += [] if build is None else [f"built there in {format_duration(build)}"]
    return f"{', '.join(said)}." if said else ""


def steps_lines(steps: Sequence[Step]) -> Iterator[str]:
    """Steps with what is to know about them, which is said once."""
    said = set[str]()
    for step in steps:
        if step.note and step.note not in said:
            yield from comment(step.note)
        said.add(step.note)
        yield from statement_lines(step.sql)


def statement_lines(sql: str) -> Iterator[str]:
    """A statement with its semicolon, and how long it may wait."""
    yield f"SET lock_timeout = '{lock_timeout_s(sql)}s';"
    yield f"{sql};"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
