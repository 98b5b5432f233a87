"""How often and in which order what is measured. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import Final, TypeVar

ROUNDS: Final = (6, 9, 12)  # after which it is looked at; six is where an interval of the median has 95 %
ROUNDS_SLOW: Final = (3, 6, 9)  # of statements that take long; Student's t makes up for so few
ROUNDS_MIN: Final = 3  # with fewer Student's t tells nothing of anything
SLOW_S: Final = 3.0  # a round of both sides
SIDE_MS: Final = 50.0  # of each statement on each side, at least, over all rounds
REPEATS_MAX: Final = 20  # of one binding in one round
LIMIT_S: Final = (1.0, 20.0)  # of one execution, between these
LIMIT_SHARE: Final = 0.03  # of the whole time
KEPT_SHARE: Final = (0.1, 0.4)  # of the whole time for all together, between these
KEPT_ROUNDS: Final = 6  # of one side, where the time has room for them
_T = TypeVar("_T")


def repeats(ms: float, bindings: int) -> int:
    """How often each binding is executed in a round, so that short ones come to a time that can be told."""
    return max(1, min(REPEATS_MAX, ceil(SIDE_MS / (ROUNDS[0] * max(1, bindings) * max(ms, 1e-3)))))


def rounds_for(round_s: float) -> tuple[int, ...]:
    """After how many rounds it is judged."""
    return ROUNDS_SLOW if round_s > SLOW_S else ROUNDS


def order(sides: Sequence[_T], number: int) -> list[_T]:
    """Of the sides in a round: A B, B A, A B … so that what drifts harms neither."""
    return list(sides) if number % 2 == 0 else list(reversed(sides))


def limit_s(time_s: float) -> float:
    """Of one execution."""
    return min(LIMIT_S[1], max(LIMIT_S[0], time_s * LIMIT_SHARE))


def kept_s(time_s: float, round_s: float) -> float:
    """What is kept for measuring all together, by what executing every statement once takes."""
    return min(KEPT_SHARE[1] * time_s, max(KEPT_SHARE[0] * time_s, KEPT_ROUNDS * round_s))
