"""Which of a tuning's changes are applied, and what follows from how it went. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.applied import AppliedChange
from plimsoll.core.tuning.change import Step
from plimsoll.tune.migrating.naming import built_name
from plimsoll.tune.migrating.writing import applicable

ATTEMPTS: Final = 8  # at a lock that holds others up while one waits for it: some two minutes in all
PAUSE_S_MAX: Final = 30.0
_LOCK_NOT_AVAILABLE, _DEADLOCK, _DUPLICATE = "55P03", "40P01", "42P07"
# Whatever comes next would fail, too: no room, no memory, a server that goes down.
_FATAL: Final = ("53", "57P", "58", "XX")


def selected(tuning: Tuning, only: Sequence[int]) -> list[tuple[int, Advised]]:
    """What can be applied, with its number among all advice; of it those in `only`, unless that is empty. Raises
    UsageError for numbers that are none."""
    able = dict(applicable(tuning.advised))
    for number in only:
        if not 1 <= number <= len(tuning.advised):
            raise UsageError(
                "wrong --only", why=f"there is no change {number}", remedy=f"a number from 1 to {len(tuning.advised)}"
            )
        if number not in able:
            what = tuning.advised[number - 1].change
            raise UsageError(
                "wrong --only",
                why=f"change {number} is no statement for the database: {what.title}",
                remedy=f"one of {', '.join(map(str, sorted(able)))}" if able else "do it by hand",
            )
    return [(number, one) for number, one in able.items() if not only or number in only]


def pause_s(sqlstate: str, attempt: int, *, concurrently: bool) -> float | None:
    """How long to wait before the next try; None where there is none. `attempt` counts from 1."""
    retried = sqlstate == _DEADLOCK or (sqlstate == _LOCK_NOT_AVAILABLE and not concurrently)
    return min(PAUSE_S_MAX, 2.0 ** (attempt - 1)) if retried and attempt < ATTEMPTS else None


def ends_all(sqlstate: str) -> bool:
    """Whether an error is one after which nothing else is tried; "" is a lost connection."""
    return not sqlstate or sqlstate.startswith(_FATAL)


def held_back(change: Advised, so_far: Sequence[AppliedChange]) -> str:
    """Why a change is not done after others failed; "" where it is. What is dropped may be replaced by what failed."""
    failed = [one for one in so_far if one.state == "failed"]
    if not failed or change.change.kind != "drop-index":
        return ""
    return f"nothing is dropped after a change that failed: {failed[0].title}"


def leaves_something(sqlstate: str) -> bool:
    """Whether a build that failed so may have left an unfinished index; not where one of its name was there before,
    which somebody else may be building."""
    return sqlstate != _DUPLICATE


def leftover_of(steps: Sequence[Step], at: int) -> Step | None:
    """What drops that which the step at this place leaves behind when it is broken off."""
    before = steps[at - 1] if at else None
    builds = built_name(steps[at].sql) and steps[at].alone
    return before if builds and before is not None and before.sql.startswith("DROP INDEX ") else None
