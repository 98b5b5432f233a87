"""What people are told of a firing. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from plimsoll.notify.delivering import Delivery, Message
from plimsoll.schedule.firing import Firing
from plimsoll.schedule.outcome import QUIET
from plimsoll.settings.schedules import Schedule

GOALS_MAX: Final = 10  # that one message names


def is_wanted(firing_outcome: str, schedule: Schedule) -> bool:
    """Whether people are to be told of an outcome."""
    return bool(schedule.notify) and (schedule.notify_on == "always" or firing_outcome not in QUIET)


def message_of(firing: Firing, schedule: Schedule) -> Message:
    """What is said of it."""
    return Message(
        f"Plimsoll: {firing.schedule}: {headline(firing)}", "\n".join(_lines(firing, schedule)), _kind(firing)
    )


def headline(firing: Firing) -> str:
    """What came of it in some words."""
    if firing.outcome == "missed":
        return f"{firing.count} run{'s' if firing.count > 1 else ''} missed"
    if firing.goals_missed and firing.outcome == "goals missed":
        count = len(firing.goals_missed)
        return f"{count} goal{'s' if count > 1 else ''} missed"
    return firing.outcome


def _kind(firing: Firing) -> Literal["success", "warning", "failure"]:
    if firing.outcome == "fine":
        return "success"
    return "warning" if firing.outcome in ("missed", "skipped", "interrupted") else "failure"


def _lines(firing: Firing, schedule: Schedule) -> Iterator[str]:
    yield f"due: {_when(firing, schedule)}"
    yield f"scenario: {schedule.scenario}, environment: {schedule.environment or 'default'}"
    if firing.detail:
        yield firing.detail
    yield from (_goal(goal) for goal in firing.goals_missed[:GOALS_MAX])
    if len(firing.goals_missed) > GOALS_MAX:
        yield f"and {len(firing.goals_missed) - GOALS_MAX} goals more"
    if firing.exit_code is not None:
        yield f"exit code: {firing.exit_code}"
    if firing.run_id:
        yield f"see: plimsoll report {firing.run_id}"


def _when(firing: Firing, schedule: Schedule) -> str:
    first = firing.due_at.astimezone(schedule.zone).isoformat(" ", "minutes")
    if firing.last_due_at is None or firing.count == 1:
        return first
    return f"{first} to {firing.last_due_at.astimezone(schedule.zone).isoformat(' ', 'minutes')}"


def _goal(goal: Mapping[str, Any]) -> str:
    actual, unit = goal.get("actual"), str(goal.get("unit") or "")
    measured = "" if actual is None else f", was {actual} {unit}".rstrip()
    return f"missed: {goal.get('scope')}: {goal.get('expression')}{measured}"


def told(deliveries: list[Delivery], problems: list[str]) -> str:
    """What became of telling, for the history: "told 1 of 2; slack://**** (no answer within 30 s)"."""
    accepted = sum(delivery.accepted for delivery in deliveries)
    failures = [f"{one.address.shown} ({one.why})" for one in deliveries if not one.accepted]
    said = [f"told {accepted} of {len(deliveries)}"] if deliveries else ["told nobody"]
    return "; ".join([*said, *failures, *problems])
