"""When a value is filled again before it ends, so that it does not end for all who ask at once. Pure.

XFetch, of Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015). There each
asker draws; here it is drawn once, when the value is stored, so that a hit costs nothing: the earliest of the times at
which one asker after another would have drawn so is a little earlier than one of them.
"""

from math import log
from random import Random
from typing import Final

BETA: Final = 1.0  # the paper's; above: earlier
SHARE_MAX: Final = 0.5  # of the time to live, so that a fill that takes longer than that does not run without end


def early_s(took_s: float, ttl_s: float, random: Random) -> float:
    """For how long before its end a value that took so long to fill is due to be filled again, in seconds."""
    drawn = -BETA * took_s * log(1.0 - random.random())
    return min(drawn, SHARE_MAX * ttl_s)
