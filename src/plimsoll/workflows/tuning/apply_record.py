"""What is written down of changes as they are applied. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import AppliedChange, AppliedIndex, State
from plimsoll.tune.migrating.naming import built_name


def found_done(before: Sequence[AppliedChange], change: str) -> State:
    """Whose doing it is that a change is done: ours, where an earlier go came to it and did not say how it ended."""
    return "done" if any(one.id == change and one.state in ("left", "failed") for one in before) else "was-there"


def recorded_back(before: Sequence[AppliedChange], back: AppliedChange) -> tuple[AppliedChange, ...]:
    """`back` is how it went to take a change back; what could not be taken back is in effect yet."""
    if back.state not in ("done", "was-there"):
        return tuple(before)
    return tuple(replace(one, state="taken-back", at=back.at, why="") if one.id == back.id else one for one in before)


def recorded(before: Sequence[AppliedChange], one: AppliedChange) -> tuple[AppliedChange, ...]:
    """A change is in the record once; that it is still there, or was not come to again, says less than when it was
    done."""
    if one.state in ("was-there", "left") and any(other.id == one.id and other.state == "done" for other in before):
        return tuple(before)
    return (*(other for other in before if other.id != one.id), one)


def index_of(one: Advised) -> AppliedIndex | None:
    """What the change builds, by the name that it gets."""
    names = (built_name(step.sql) for step in one.change.steps)
    name = next(filter(None, names), "")
    return AppliedIndex(one.change.index.table.schema, name) if one.change.index is not None and name else None
