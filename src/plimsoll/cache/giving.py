"""Giving memory back while it is short: when to look, and that what is dropped reaches the system."""

from typing import Final

from plimsoll.cache.memory import read_memory, trim
from plimsoll.cache.pressure import Memory, look_again_s
from plimsoll.cache.tier1 import Tier1

ROUNDS: Final = 10  # of GIVEN_BACK_AT_ONCE entries in one step, between which others get the lock


class Giving:
    """`step` is for every now and then; it looks when it is time to, and goes on where it has not given all yet."""

    def __init__(self, tier1: Tier1) -> None:
        self._tier1 = tier1
        self._memory = Memory()
        self._looked_s = self._look_s = 0.0
        self._given = True
        self._untrimmed = False

    def step(self, now_s: float) -> None:
        if self._given and now_s < self._look_s:
            return
        before, memory = self._memory, read_memory()
        self._look_s = now_s + look_again_s(before, memory, now_s - self._looked_s)
        self._memory, self._looked_s = memory, now_s
        was = self._tier1.store.limits
        self._given = any(self._tier1.give_back(memory, now_s) for _ in range(ROUNDS))
        self._untrimmed |= self._tier1.store.limits.bytes < was.bytes
        if self._untrimmed and self._given:
            trim()
            self._untrimmed = False
