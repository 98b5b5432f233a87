"""Whether a forecaster is believed: by what became of what it claimed, also while it is not."""

from typing import Final, Self

BEGINS_AT: Final = 0.7
GAIN: Final = 0.1  # of each claim: about the last ten count


class Trust:
    """The share of claims that came true. A claim: after `due_s` the rate is at least `rate`. One is open at a time."""

    __slots__ = ("_due", "_rate", "least", "score")

    def __init__(self, least: float) -> None:
        self.least, self.score = least, BEGINS_AT
        self._due: float | None = None
        self._rate = 0.0

    @property
    def believed(self) -> bool:
        return self.score >= self.least

    def claim(self, now: float, due_s: float, rate: float) -> None:
        if self._due is None:
            self._due, self._rate = now + due_s, rate

    def judge(self, now: float, rate: float) -> None:
        if self._due is not None and now >= self._due:
            self.score += GAIN * ((rate >= self._rate) - self.score)
            self._due = None

    def copy(self) -> Self:
        twin = type(self)(self.least)
        twin.score, twin._due, twin._rate = self.score, self._due, self._rate
        return twin
