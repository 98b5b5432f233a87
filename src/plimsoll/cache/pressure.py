"""How much of its limits a cache may use while memory is short. Pure."""

from typing import Final, NamedTuple

from plimsoll.cache.store.entry import Limits

ROOM_LOW: Final = 0.05  # of the memory that there is: less is short
ROOM_FINE: Final = 0.15  # more is plenty; in between nothing is done
STALLED_HIGH: Final = 10.0  # percent of the last 10 s in which somebody waited for memory
STALLED_FINE: Final = 1.0
SHRINK: Final = 0.75  # of what is used, at most once in SHRINK_EVERY_S, so that it can be seen what that gives
SHRINK_EVERY_S: Final = 2.0
GROW: Final = 0.05  # of the limits, each GROW_EVERY_S, after memory was plenty for as long
GROW_EVERY_S: Final = 10.0
LOOK_S_MAX: Final = 1.0  # between looks: one takes about a millisecond
LOOK_S_MIN: Final = 0.1
SHARE_MIN: Final = 0.05  # so much stays however short memory is: others may be who takes it


class Memory(NamedTuple):
    """What is free of what this process may have, as a share, and for how much of the last 10 s somebody waited for
    memory, in percent. None: not known."""

    room: float | None = None
    stalled: float | None = None

    @property
    def is_short(self) -> bool:
        return (self.room is not None and self.room < ROOM_LOW) or (
            self.stalled is not None and self.stalled > STALLED_HIGH
        )

    @property
    def is_plenty(self) -> bool:
        return (self.room is None or self.room > ROOM_FINE) and (self.stalled is None or self.stalled < STALLED_FINE)


class Pressure:
    """`share` of its limits is what a cache may use now: down quickly where memory is short, up again slowly."""

    def __init__(self) -> None:
        self.share = 1.0
        self._again_s = self._grow_s = 0.0

    def looked(self, now_s: float, memory: Memory, used: float) -> float:
        """The share after a look at memory, with `used` of the limits in use."""
        if memory.is_short:
            self._grow_s = now_s + GROW_EVERY_S
            if now_s >= self._again_s or self.share >= 1.0:
                self.share = max(SHARE_MIN, min(self.share, used) * SHRINK)
                self._again_s = now_s + SHRINK_EVERY_S
        elif not memory.is_plenty or self.share >= 1.0:
            self._grow_s = now_s + GROW_EVERY_S
        elif now_s >= self._grow_s:
            self.share = min(1.0, self.share + GROW)
            self._grow_s = now_s + GROW_EVERY_S
        return self.share


def look_again_s(before: Memory, now: Memory, passed_s: float) -> float:
    """When to look again, after two looks so far apart: in half the time until memory is short, if it goes on so."""
    if before.room is None or now.room is None or now.room >= before.room:
        return LOOK_S_MAX
    left_s = (now.room - ROOM_LOW) * passed_s / (before.room - now.room)
    return min(max(left_s / 2, LOOK_S_MIN), LOOK_S_MAX)


def shared(limits: Limits, share: float) -> Limits:
    """That share of the limits; a tenant's quota stays."""
    return Limits(max(1, int(limits.entries * share)), max(1, int(limits.bytes * share)), limits.tenant_bytes)
