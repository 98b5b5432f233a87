"""What has lasted: a count that others may raise for a moment, and take nobody's place with."""

from typing import Final, Self

from plimsoll.scale.policy.windows import MaxWindow

LASTING_S: Final = 60.0
GAP_S: Final = 30.0  # two readings at 15 s, the longest period; what was between two that are further apart is unknown


class Lasting:
    """The least of the last LASTING_S, once it was known for so long without a gap."""

    __slots__ = ("_last", "_negated", "_since")

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0
        self._negated = MaxWindow(LASTING_S)

    def put(self, now: float, value: float) -> None:
        if self._since is None or now - self._last > GAP_S:
            self._since, self._negated = now, MaxWindow(LASTING_S)
        self._last = now
        self._negated.put(now, -value)

    @property
    def least(self) -> float | None:
        """None: not known for so long."""
        if self._since is None or self._last - self._since < LASTING_S:
            return None
        return -self._negated.max

    def copy(self) -> Self:
        twin = type(self)()
        twin._since, twin._last, twin._negated = self._since, self._last, self._negated.copy()
        return twin
