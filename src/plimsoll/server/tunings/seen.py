"""What pages say of tunings: those that are kept, the one that is looked at, and the one that is under way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from plimsoll.core.tuning.listed import Listed
from plimsoll.report.tuning.listing import Row
from plimsoll.server.tunings.shelf import LISTED_MAX, TuningShelf
from plimsoll.server.tunings.tuner import Job, Tuner


@dataclass(frozen=True, slots=True)
class TuningSeen:
    """`shown` are those that somebody looks at, by what they were asked for ("" is the latest)."""

    rows: Sequence[Row] = ()
    left_out: int = 0
    shown: tuple[tuple[str, Listed | None], ...] = ()
    job: Job = field(default_factory=Job)
    is_known: bool = False  # whether they were looked at yet
    is_possible: bool = False  # whether a database is watched

    def one(self, asked: str) -> Listed | None:
        return dict(self.shown).get(asked)


class Tunings:
    """One for all browsers; files are read beside the event loop, when somebody looks."""

    def __init__(self, tuner: Tuner, shelf: TuningShelf) -> None:
        self.tuner = tuner
        self._shelf = shelf
        self._seen = TuningSeen()

    @property
    def seen(self) -> TuningSeen:
        return replace(self._seen, job=self.tuner.job, is_possible=self.tuner.is_possible)

    async def look(self, asked: str) -> bool:
        """Whether there is news."""
        before = self.seen
        rows, left_out = await asyncio.to_thread(self._shelf.newest, LISTED_MAX)
        one = await asyncio.to_thread(self._shelf.one, asked or "latest")
        others = [pair for pair in before.shown if pair[0] != asked]
        self._seen = TuningSeen(rows, left_out, (*others[-3:], (asked, one)), is_known=True)
        return self.seen != before
