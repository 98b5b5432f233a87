"""What is said of an event and is NULL where that has not happened: cancelled_by, failure_code. Pure."""

import re
from typing import Final

from plimsoll.core.schema import Column, Table
from plimsoll.data.deciding.birth import moments_of
from plimsoll.data.meaning.judging import words_of
from plimsoll.data.meaning.progress import is_branch, stem
from plimsoll.data.meaning.stages import event_words
from plimsoll.data.plausible.statuses import states_after

_SAID: Final = re.compile(r"(?P<of>.+?) (?P<what>reason(?: code)?|by(?: user)?(?: id)?|code|message|notes?)")
_OF_FEW: Final = ("code", "message", "note", "notes")  # said of what goes wrong; others have codes from the first
_FAILED: Final = {"error": "failed", "last error": "failed"}


def words_followed(column: Column) -> str:
    """The words of the event that a column tells more of; none if it is no such column."""
    found = _SAID.fullmatch(words_of(column.name))
    if found is None or not column.nullable:
        return ""
    of = _FAILED.get(found["of"], found["of"])
    return "" if found["what"] in _OF_FEW and not is_branch(stem(of)) else of


def event_followed(table: Table, column: Column) -> str | None:
    """The column that says when that happened of which `column` tells more; none where a check is about both."""
    words = words_followed(column)
    events = [one.name for one in moments_of(table) if one.nullable and stem(event_words(one.name)) == stem(words)]
    checked = any({column.name, *events[:1]} <= set(check.columns) for check in table.checks)
    return events[0] if words and events and not checked else None


def flagged(table: Table, column: Column) -> bool:
    """Whether a flag says that an event has happened: is_archived of archived_at."""
    flags = [one for one in table.columns if one.type.base == "bool"]
    return any(states_after(event_words(column.name), one, ("true",)) for one in flags)
