"""The virtual user: what a journey is given. See docs/guides/scenarios.md."""

from __future__ import annotations

import asyncio
from time import monotonic_ns
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.load.language.feeding import Feed
from plimsoll.load.language.http_steps import HttpSteps
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.sql_steps import SqlSteps
from plimsoll.load.language.step import Step
from plimsoll.load.language.traveller import NO_ROW


class User(SqlSteps, HttpSteps):
    """One virtual user. Its public methods are the scenario language, together with those of its parents."""

    __slots__ = ()

    def step(self, step: str) -> Step:
        """Measures anything: `async with user.step("pick reviewer"): ...`; steps inside it are not steps themselves."""
        return Step(self, step)

    async def think(self, low: float, high: float | None = None) -> None:
        """Pauses for `low` seconds, or uniformly between `low` and `high`; never part of a latency."""
        if low < 0 or (high is not None and high < low):
            raise UsageError("wrong think time", why=f"{low!r} to {high!r} seconds is not a range")
        before = monotonic_ns()
        await asyncio.sleep(low if high is None else self._random.uniform(low, high))
        thought_ns = monotonic_ns() - before
        self._think_ns += thought_ns
        if self._arrival_scheduled:  # the first step is still to come: it was meant to be after the pause
            self._arrival_scheduled += thought_ns
            self._arrival_ready += thought_ns

    def draw(self, feed: Feed) -> Any:
        """The next value of a feed."""
        if not isinstance(feed, Feed):
            raise UsageError("user.draw takes a feed", why=f"it was given a {type(feed).__name__}")
        return feed.draw()

    def check(self, name: str, passed: object) -> None:
        """Unless `passed`, marks the step just made as failed with class "check: NAME", and raises StepFailed."""
        if passed:
            return
        error = f"check: {name}"
        if self.nested:
            raise StepFailed(name, error)
        if self.row_at == NO_ROW:
            raise UsageError(f"check {name!r} has no step to judge", remedy="check after a step of the same journey")
        self.fail_last(error)
        raise StepFailed(name, error)
