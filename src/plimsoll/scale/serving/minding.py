"""Whether HAProxy stands still, so that it is killed and another takes its place: its public socket is the keeper's."""

import asyncio
from contextlib import suppress
from typing import Final

from plimsoll.core.errors import ServiceError
from plimsoll.scale.serving.front import Front
from plimsoll.scale.supervisor.processes import Progress, progress

LOOK_S: Final = 1.0
ANSWER_S: Final = 1.0
STILL_S: Final = 5.0  # it answers in some ms, and looks at its workers five times a second


class Stillness:
    """Of one process, look by look. Pure.

    Not answering is not enough: a busy machine or a crowd at its socket can keep it from that. What waits for a
    processor, or had one between two looks, is alive.
    """

    def __init__(self, now: float, still_s: float = STILL_S) -> None:
        self.answered_at, self._still_s = now, still_s
        self._seen: Progress | None = None

    def look(self, now: float, *, answered: bool, seen: Progress | None) -> bool:
        """Whether it has not answered for that time, and did nothing since the last look. `seen` None: not known."""
        before, self._seen = self._seen, seen
        if answered:
            self.answered_at = now
        still = seen is not None and not seen.runs and seen == before
        return still and now >= self.answered_at + self._still_s


class Minding:
    """Of the HAProxy that is there."""

    def __init__(self, front: Front, *, still_s: float = STILL_S, answer_s: float = ANSWER_S) -> None:
        self._front, self._still_s, self._answer_s = front, still_s, answer_s
        self._pid: int | None = None
        self._stillness = Stillness(0.0)

    async def look(self) -> bool:
        """Whether it stood still, and was killed."""
        now = asyncio.get_running_loop().time
        if self._pid != (pid := self._front.pid):
            self._pid, self._stillness = pid, Stillness(now(), self._still_s)
        if pid is None:
            return False
        answered = await self._answers()
        still = self._stillness.look(now(), answered=answered, seen=None if answered else progress(pid))
        if not still or pid != self._front.pid:
            return False
        await self._front.kill(f"HAProxy stands still: no answer in {now() - self._stillness.answered_at:.0f} s")
        return True

    async def _answers(self) -> bool:
        try:
            await self._front.balancer.glance(self._answer_s)
        except ServiceError:
            return False
        return True


async def keep_moving(front: Front) -> None:
    """Ends by cancelling."""
    minding = Minding(front)
    while True:
        await asyncio.sleep(LOOK_S)
        with suppress(ServiceError):  # its keeper is gone, and it with that
            await minding.look()
