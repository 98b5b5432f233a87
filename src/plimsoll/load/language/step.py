"""`async with user.step(name)`: anything, measured as one step."""

from __future__ import annotations

import asyncio
from time import monotonic_ns
from types import TracebackType
from typing import TYPE_CHECKING

from plimsoll.load.language.feeding import FeedExhausted
from plimsoll.load.language.scenario import StepFailed

if TYPE_CHECKING:
    from plimsoll.load.language.traveller import Traveller


class Step:
    """Records what happens inside as one step of kind "custom"; statements inside are part of it."""

    __slots__ = ("_inner", "_name", "_times", "_user")

    def __init__(self, user: Traveller, name: str) -> None:
        self._user = user
        self._name = name
        self._times = (0, 0, 0)
        self._inner = False  # within another, which is the step then

    async def __aenter__(self) -> None:
        self._inner = self._user.nested
        scheduled, ready = self._user.begin_step()
        self._times = (scheduled, ready, monotonic_ns())
        self._user.nested = True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._user.nested = self._inner
        if error is not None and (not isinstance(error, Exception) or isinstance(error, FeedExhausted)):
            self._user.cut_off += not self._inner and isinstance(error, asyncio.CancelledError)
            return  # the end of the load, not of this step
        failed = self._user.describe(error) if isinstance(error, Exception) else ""
        if not self._inner:
            self._user.end_step(self._name, "custom", self._times, error=failed)
        await asyncio.sleep(0)  # a step that only computes would never let the other users go on
        if error is not None and not isinstance(error, StepFailed):
            raise StepFailed(self._name, failed, str(error)) from error
