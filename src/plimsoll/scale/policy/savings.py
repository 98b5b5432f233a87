"""Worker-hours that were saved beside Knative's rule on the same load, and what they may be spent on.

Where it would have more workers than are wanted, there are as many as it would have while something is saved: so
requests wait at most where they wait with it. Where more are wanted than it would have, what was saved pays for them,
and a little is owed; then fewer, until it is earned back.
"""

import math
from typing import Final, Self

MEAN_S: Final = 1800.0
WHOLE_S: Final = 300.0  # all that the rule would have, with so many seconds of its workers saved; less with less
LEAST_SHARE: Final = 0.001  # of the way, with anything saved: one worker
AGAIN_S: Final = 10.0  # after a debt, so much is saved before anything goes to the rule's workers
DEBT_S: Final = 20.0  # with so much owed there is nothing for more workers than the rule would have …
FREE_S: Final = 10.0  # … and with so much saved all that is wanted
DEAR: Final = 1.03  # what is spent counts so many times, so that a long load ends with something saved
IDLE_S: Final = 30.0  # what is saved beyond keeps who is one too many
SAVED_MOST_S: Final = 3600.0
OWED_MOST_S: Final = 600.0  # what came in a hurry is owed, too, and is to be earned back within sight


class Savings:
    """In worker-seconds; `seconds`: of the mean of what the rule would have lately."""

    __slots__ = ("_again", "_mean", "_worker_s")

    def __init__(self) -> None:
        self._mean, self._worker_s, self._again = 0.0, 0.0, True

    @property
    def seconds(self) -> float:
        return self._worker_s / self._mean if self._mean else 0.0

    @property
    def idle(self) -> bool:
        """Whether there is more than is soon needed."""
        return self.seconds > IDLE_S

    def see(self, ruled: int, passed_s: float) -> None:
        """What the rule would have now; once for each tick, before the rest."""
        self._mean = ruled if not self._mean else self._mean + min(1.0, passed_s / MEAN_S) * (ruled - self._mean)
        if self._worker_s < 0:
            self._again = False
        elif self.seconds >= AGAIN_S:
            self._again = True

    def paid(self, wanted: int, ruled: int) -> int:
        """How many there are enough worker-hours for: between both."""
        if wanted < ruled:
            share = min(1.0, max(LEAST_SHARE, self.seconds / WHOLE_S)) if self._again else 0.0
            return min(ruled, wanted + math.ceil((ruled - wanted) * share - 1e-9))
        share = min(1.0, max(0.0, (self.seconds + DEBT_S) / (FREE_S + DEBT_S)))
        return ruled + int((wanted - ruled) * share + 1e-9)

    def book(self, workers: int, ruled: int, passed_s: float) -> None:
        """What was decided, and what the rule would have."""
        less = ruled - workers
        self._worker_s += (less if less >= 0 else DEAR * less) * passed_s
        self._worker_s = min(SAVED_MOST_S * self._mean, max(-OWED_MOST_S * self._mean, self._worker_s))

    def copy(self) -> Self:
        twin = type(self)()
        twin._mean, twin._worker_s, twin._again = self._mean, self._worker_s, self._again
        return twin
