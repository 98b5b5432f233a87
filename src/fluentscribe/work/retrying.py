"""When a job that failed is tried again. Pure: chance is an argument, and the moment is the database's to add."""

from random import Random

ATTEMPTS_MAX = 5
FIRST_S = 2.0
FACTOR = 4.0
LONGEST_S = 300.0


def after_failure(attempt: int, attempts_max: int, chance: Random) -> float | None:
    """Seconds until the next attempt, half to one and a half of FIRST_S * FACTOR ** (attempt - 1); None: give up.

    Jobs that failed together are not tried again together.
    """
    if attempt >= attempts_max:
        return None
    return float(min(FIRST_S * FACTOR ** (attempt - 1), LONGEST_S) * chance.uniform(0.5, 1.5))


def pause(poll_s: float, misses: int, chance: Random) -> float:
    """Seconds until an idle worker looks again; longer each time the database cannot be reached, up to 30."""
    return float(min(poll_s * 2**misses, max(poll_s, 30.0)) * chance.uniform(0.5, 1.5))
