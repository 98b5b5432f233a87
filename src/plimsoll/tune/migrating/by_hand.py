"""Advice that has statements and is not applied by a migration: settings of the server, dividing a table."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import APPLIED
from plimsoll.tune.migrating.gains import gain
from plimsoll.tune.migrating.recreating import statements_of
from plimsoll.tune.migrating.writing import comment, heading_lines, statement_lines, steps_lines

_HOW: Final = (
    "Each of these is for somebody who has looked at it, and at a time of their choice.",
    "What takes it back stands below it, in comments.",
)


def by_hand(tuning: Tuning) -> str:
    """by-hand.sql; "" where there is nothing of that kind."""
    found = others(tuning.advised)
    if not found:
        return ""
    lines = list(heading_lines(tuning, "by-hand.sql", "What is advised beside the migration", _HOW))
    for number, one in found:
        lines += ["", *_about(number, one), *steps_lines(one.change.steps), *_undo(one)]
    return "\n".join(lines) + "\n"


def others(advised: Sequence[Advised]) -> list[tuple[int, Advised]]:
    """Changes with statements that are no part of a migration, with their numbers."""
    return [(at, one) for at, one in enumerate(advised, 1) if one.change.kind not in APPLIED and one.change.steps]


def _about(number: int, one: Advised) -> Iterator[str]:
    yield from comment(f"{number}. {one.change.title}")
    for text in (one.change.why, gain(one), f"Risk: {one.change.risk}" if one.change.risk else ""):
        yield from comment(text)


def _undo(one: Advised) -> Iterator[str]:
    """As comments, line by line."""
    statements = [text for step in reversed(one.change.steps) for text in statements_of(step.undo)]
    if statements:
        yield "--"
        yield "-- Takes it back:"
        for text in statements:
            yield from (f"--   {line}" for sql in statement_lines(text) for line in sql.splitlines())
