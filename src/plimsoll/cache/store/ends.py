"""Until when an entry is a plain hit: numbers that many entries share.

Each hit reads when its entry ends. A number of its own lies elsewhere in memory, which costs a hit a seventh where
there are more entries than the processor's cache holds; a thousand numbers stay there. So plain hits end a little
early: what is asked for after that is looked at again, and is a hit until it really ends.
"""

from math import frexp, isfinite, ldexp
from typing import Final

STEPS_BITS: Final = 10  # a life has 512 to 1,024 steps: on average below a thousandth of it is looked at again
SHARED_MAX: Final = 2_048  # numbers that are remembered, some 140 kB; beyond, all are forgotten, and shared anew


class Ends:
    """`before` gives the shared number."""

    def __init__(self) -> None:
        self._shared: dict[float, float] = {}

    def before(self, now_s: float, end_s: float) -> float:
        """A number at most `end_s`, and less by a step of the time until then, at most."""
        if not isfinite(end_s):
            return end_s
        early_s = end_s - end_s % ldexp(1.0, frexp(end_s - now_s)[1] - STEPS_BITS)
        if len(self._shared) >= SHARED_MAX:
            self._shared.clear()
        return self._shared.setdefault(early_s, early_s)
