"""The arrivals of a step: their profile, a seed that gives as many as the rate says, and how many were due when. Pure.

Poisson arrivals at 400/s for ten seconds differ by 1.6 % from try to try, which would be the error of the load line.
Of some seeds the one is taken with which the number keeps closest to the rate; the arrivals stay those of a Poisson
process in all else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plimsoll.core.profile import Arrivals, Profile, Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEEDS_TRIED: Final = 40
ARRIVALS_MAX: Final = 40_000  # above so many chance is too little to be worth the trouble


def step_profile(base: Profile, rate: float, most_s: float) -> Profile:
    """The open-loop profile of one step; `base` says how arrivals come, how many users, how long the warm-up is."""
    return replace(base, name=f"{rate:g}/s", executor="constant-rate", stages=(Stage(rate, most_s),), iterations=None)


def base_profile(*, arrivals: Arrivals, users: int, warmup_s: float, graceful_stop_s: float) -> Profile:
    return Profile(
        "load line",
        "constant-rate",
        (Stage(1, 1),),
        arrivals=arrivals,
        max_users=users,
        warmup_s=warmup_s,
        graceful_stop_s=graceful_stop_s,
    )


def fair_seed(profile: Profile, seed: int, least_s: float) -> int:
    """One of some seeds from `seed` on, by which the arrivals keep closest to the rate."""
    rate = profile.peak_level
    if profile.arrivals == "even" or rate * profile.total_s > ARRIVALS_MAX:
        return seed
    ends = _ends(profile, least_s)
    return min(range(seed, seed + SEEDS_TRIED), key=lambda one: _deviation(profile, one, ends))


def _ends(profile: Profile, least_s: float) -> list[float]:
    """From the end of the warm-up, when a step may end: at its least, and some times until its most."""
    lasts = profile.duration_s
    return [min(least_s, lasts), *(lasts * part for part in (0.25, 0.5, 0.75, 1.0) if lasts * part > least_s)]


def _deviation(profile: Profile, seed: int, ends: Sequence[float]) -> float:
    rate, due = profile.peak_level, Due.of(profile, seed)
    return max(
        abs(due.between(profile.warmup_s, profile.warmup_s + end) - rate * end) / math.sqrt(rate * end) for end in ends
    )


@dataclass(frozen=True, slots=True)
class Due:
    """When each arrival of a step is due, in nanoseconds since the start of the load."""

    offsets_ns: "NDArray[np.int64]"

    @classmethod
    def of(cls, profile: Profile, seed: int) -> "Due":
        import numpy as np

        from plimsoll.core.pacing import arrival_offsets_ns

        return cls(np.concatenate([np.zeros(0, np.int64), *arrival_offsets_ns(profile, seed)]))

    def between(self, start_s: float, end_s: float) -> int:
        """How many arrivals are due from `start_s` on and before `end_s`."""
        first, last = self.offsets_ns.searchsorted([round(start_s * 1e9), round(end_s * 1e9)])
        return int(last - first)
