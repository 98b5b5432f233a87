"""An edge that follows a database: what a committed change has a tag of is validated, or gone, before it is told again.

What carries tags is told only while it is known, within `staleness_s`, what has changed: else the origin is asked.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Final

import asyncpg

from plimsoll.changes.clock import clock_s
from plimsoll.changes.poller import Poller
from plimsoll.changes.polling import Change, Reason, State, retry_s
from plimsoll.core.errors import PlimsollError
from plimsoll.edge import rules
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.store.purge import PURGED_MAX, Purge, Reach
from plimsoll.postgres.connecting import connect, learn_traits
from plimsoll.postgres.dsn import Target
from plimsoll.settings.masking import mask

LOOK_S: Final = 1.0  # how often it is looked whether changes are still followed


class EdgeSink:
    """A sink of `changes.poller`: softly purges what rows changed, and hard what of them were deleted."""

    def __init__(self, edge: Edge, staleness_s: float) -> None:
        self._edge = edge
        self._staleness_s = staleness_s
        self._until_s = 0.0

    def is_known(self) -> bool:
        """Whether what has changed is known well enough."""
        return clock_s() < self._until_s

    async def apply(self, changes: Sequence[Change]) -> None:
        gone = {rules.portable(tag): None for change in changes if change.gone for tag in change.tags}
        changed = {rules.portable(tag): None for change in changes if not change.gone for tag in change.tags}
        for reach, tags in ((Reach.HARD, gone), (Reach.SOFT, changed)):
            for some in _in_parts(tuple(tags)):
                self._edge.purge(Purge(tags=some, reach=reach))

    async def forget(self, reason: Reason) -> None:
        self._edge.purge(Purge(everything=True))

    async def moved(self, state: State, sent_s: float) -> None:
        self._until_s = sent_s + self._staleness_s


async def follow(target: Target, edge: Edge, staleness_s: float, say: Callable[[str], None]) -> None:
    """Until it is cancelled. What goes wrong is said, once for each thing that does."""
    sink = EdgeSink(edge, staleness_s)
    edge.tell_by(sink.is_known)
    prepared, pooled = await _learnt(target, say)

    async def connected() -> asyncpg.Connection:
        return await connect(target, prepared=prepared)

    poller = Poller(connected, [sink], pooled=pooled)
    watching = asyncio.create_task(_watch(poller, sink, say))
    try:
        await poller.run()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _learnt(target: Target, say: Callable[[str], None]) -> tuple[bool, bool]:
    """Whether statements may be prepared, and whether a pooler is between: asked until there is an answer."""
    failures, said, random = 0, "", Random()
    while True:
        try:
            traits = await learn_traits(target)
        except (PlimsollError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            said = _say_once(f"changes cannot be followed: {error}", said, say)
            await asyncio.sleep(retry_s(failures, random))
            failures += 1
        else:
            return traits.prepared, traits.pooled


async def _watch(poller: Poller, sink: EdgeSink, say: Callable[[str], None]) -> None:
    said = ""
    while True:
        trouble = poller.counts.trouble
        if trouble:
            said = _say_once(f"changes are not followed: {trouble}; what has tags is asked of the origin", said, say)
        elif sink.is_known() and said != FOLLOWED:
            said = _say_once(FOLLOWED, said, say)
        await asyncio.sleep(LOOK_S)


FOLLOWED: Final = "changes are followed: what they touch is not told again"


def _say_once(words: str, before: str, say: Callable[[str], None]) -> str:
    if words != before:
        say(mask(words))
    return words


def _in_parts(tags: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As many as one purge may name."""
    left = iter(tags)
    while some := tuple(islice(left, PURGED_MAX)):
        yield some
