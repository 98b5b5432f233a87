"""A firing: one time that a schedule was due, or was asked for, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from plimsoll.schedule.outcome import Outcome

Trigger = Literal["cron", "late", "now"]


@dataclass(frozen=True, slots=True)
class Firing:
    """One line of the history; moments are aware. `number` is its id.

    `trigger`: on time, after it was missed, or asked for. `count` is above 1 where a line stands for several that were
    missed, from `due_at` to `last_due_at`. `notice` says what became of telling people: "" nothing to tell, "due" not
    done yet.
    """

    number: int
    schedule: str
    trigger: Trigger
    due_at: datetime
    outcome: Outcome
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_due_at: datetime | None = None
    count: int = 1
    exit_code: int | None = None
    run_id: str | None = None
    goals_missed: Sequence[Mapping[str, Any]] = ()
    detail: str = ""
    notice: str = ""

    def to_json(self) -> dict[str, Any]:
        """Every field, moments as ISO 8601 in UTC."""
        values = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {"id": values.pop("number"), **values}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return list(value) if isinstance(value, tuple) else value
