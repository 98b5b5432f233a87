"""Hashing passwords with argon2id, a few at a time: each takes 64 MiB and a core for some 50 ms."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

WAITING_MAX = 200  # logins that may wait for a hash; beyond that they are told to come again

NONE_YET = "!"  # instead of a hash, of people who have yet to choose a password
# Verified where there is no password, so that an answer takes as long as where there is one.
_NOBODYS = PasswordHasher().hash("nobody has this password")


class TooBusy(Exception):
    """More logins wait than may."""


class Passwords:
    """At most `at_once` hashes are computed at a time, at most `waiting_max` more wait."""

    def __init__(self, at_once: int, waiting_max: int = WAITING_MAX) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._pending = 0
        self._pending_max = at_once + waiting_max

    async def hash(self, password: str) -> str:
        """In the PHC string format. Raises TooBusy."""
        return await self._run(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one of `stored`; False, after as long, where there is none. Raises TooBusy."""
        if stored is None or stored == NONE_YET:
            await self._run(self._verify, _NOBODYS, password)
            return False
        return await self._run(self._verify, stored, password)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._pending >= self._pending_max:
            raise TooBusy
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._pending -= 1
