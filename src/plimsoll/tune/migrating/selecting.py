"""Which of a tuning's changes are applied, and what follows from how it went. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.applied import AppliedChange
from plimsoll.core.tuning.change import Change, Step
from plimsoll.tune.migrating.naming import built_name
from plimsoll.tune.migrating.taking_back import taken_back
from plimsoll.tune.migrating.writing import applicable

UNDER_WAY: Final = "under way"  # what stays in the record of one that was killed
ATTEMPTS: Final = 8  # at a lock that holds others up while one waits for it: some two minutes in all
PAUSE_S_MAX: Final = 30.0
_LOCK_NOT_AVAILABLE, _DEADLOCK, _DUPLICATE = "55P03", "40P01", "42P07"
# Whatever comes next would fail, too: no room, no memory, a server that goes down.
_FATAL: Final = ("53", "57P", "58", "XX")


def selected(tuning: Tuning, only: Sequence[int]) -> list[tuple[int, Advised]]:
    """What can be applied, with its number among all advice; of it those in `only`, unless that is empty. Raises
    UsageError for numbers that are none."""
    return _of_them(tuning, applicable(tuning.advised), only, "is no statement for the database")


def to_take_back(tuning: Tuning, record: Sequence[AppliedChange], only: Sequence[int]) -> list[tuple[int, Advised]]:
    """What takes back that which was done by us, the last change first. Raises UsageError as `selected` does."""
    ours = {one.id for one in record if is_ours(one)}
    backwards = [
        (number, taken_back(one)) for number, one in reversed(applicable(tuning.advised)) if one.change.id in ours
    ]
    able = [(number, one) for number, one in backwards if one.change.steps]
    return _of_them(tuning, able, only, "was not made by plimsoll tune apply, or cannot be taken back")


def is_ours(one: AppliedChange) -> bool:
    """A change that we made, also if we were killed meanwhile: the server may have ended it."""
    return one.state == "done" or (one.state == "left" and one.why == UNDER_WAY)


def _of_them(
    tuning: Tuning, able: Sequence[tuple[int, Advised]], only: Sequence[int], otherwise: str
) -> list[tuple[int, Advised]]:
    """Those in `only`, unless that is empty. Raises UsageError for numbers that are none of them."""
    for number in only:
        if not 1 <= number <= len(tuning.advised):
            raise UsageError(
                "wrong --only", why=f"there is no change {number}", remedy=f"a number from 1 to {len(tuning.advised)}"
            )
        if number not in dict(able):
            raise UsageError(
                "wrong --only",
                why=f"change {number} {otherwise}: {tuning.advised[number - 1].change.title}",
                remedy=f"one of {', '.join(map(str, sorted(dict(able))))}" if able else "do it by hand",
            )
    return [(number, one) for number, one in able if not only or number in only]


def pause_s(sqlstate: str, attempt: int, *, concurrently: bool) -> float | None:
    """How long to wait before the next try; None where there is none. `attempt` counts from 1."""
    retried = sqlstate == _DEADLOCK or (sqlstate == _LOCK_NOT_AVAILABLE and not concurrently)
    return min(PAUSE_S_MAX, 2.0 ** (attempt - 1)) if retried and attempt < ATTEMPTS else None


def ends_all(sqlstate: str) -> bool:
    """Whether an error is one after which nothing else is tried; "" is a lost connection."""
    return not sqlstate or sqlstate.startswith(_FATAL)


def held_back(change: Change, not_done: Sequence[Change]) -> str:
    """Why a change is not done after others were not; "" where it is. What is dropped may be replaced by what was to
    be built."""
    built = [one for one in not_done if one.kind != "drop-index"]
    if not built or change.kind != "drop-index":
        return ""
    return f"nothing is dropped after a change that was not done: {built[0].title}"


def leaves_something(sqlstate: str) -> bool:
    """Whether a build that failed so may have left an unfinished index; not where one of its name was there before,
    which somebody else may be building."""
    return sqlstate != _DUPLICATE


def leftover_of(steps: Sequence[Step], at: int) -> Step | None:
    """What drops that which the step at this place leaves behind when it is broken off."""
    before = steps[at - 1] if at else None
    builds = built_name(steps[at].sql) and steps[at].alone
    return before if builds and before is not None and before.sql.startswith("DROP INDEX ") else None
