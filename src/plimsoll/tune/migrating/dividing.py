"""Dividing a table, as files of plain SQL: it is no part of the migration, since it wants watching."""

import re
from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import Change
from plimsoll.tune.migrating.locks import lock_timeout_s
from plimsoll.tune.migrating.recreating import statements_of
from plimsoll.tune.migrating.writing import comment

_HOW: Final = (
    "Statements stand by themselves, outside of a transaction. After a failure go on with the one that failed; the "
    "swap gives up after half a second, so that others do not wait behind it: repeat it."
)
_UNDO_HOW: Final = (
    "Rows of the new partitions are moved back under an exclusive lock: it takes as long as copying them."
)


def divisions(tuning: Tuning) -> dict[str, str]:
    """Texts of files by their names."""
    found: dict[str, str] = {}
    for one in tuning.advised:
        if one.change.kind == "partition" and one.change.steps:
            name = file_name(one.change)
            found[name] = "\n".join(_forth(one)) + "\n"
            found[name.replace(".sql", "-undo.sql")] = "\n".join(_back(one)) + "\n"
    return found


def file_name(change: Change) -> str:
    """Beside the migration's."""
    return f"divide-{re.sub(r'[^A-Za-z0-9_]+', '-', change.subject.removeprefix('public.')).strip('-')}.sql"


def _forth(one: Advised) -> Iterator[str]:
    yield from (*comment(one.change.title), *comment(one.change.why), *comment(f"Risk: {one.change.risk}"), "--")
    yield from comment(_HOW)
    if note := one.change.details.get("note"):
        yield from comment(note)
    for step in one.change.steps:
        yield ""
        yield from comment(step.note) if step.note else ()
        yield from _statement(step.sql)


def _back(one: Advised) -> Iterator[str]:
    yield from (*comment(f"Takes back: {one.change.title}"), *comment(_UNDO_HOW))
    for step in reversed(one.change.steps):
        for sql in statements_of(step.undo):
            yield ""
            yield from _statement(sql)


def _statement(sql: str) -> Iterator[str]:
    yield f"SET lock_timeout = '{lock_timeout_s(sql)}s';"
    yield f"{sql};"
