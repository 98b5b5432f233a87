"""Replacing every worker by one of new code: however many ask while the code is looked at, it is one wish."""

import asyncio
from collections.abc import Callable

from plimsoll.scale.supervisor.supervising import Supervisor


class Reloading:
    """`say` hears that it begins, or why not, whoever asked."""

    def __init__(self, supervisor: Supervisor, say: Callable[[str], None]) -> None:
        self._supervisor, self._say = supervisor, say
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._supervisor.reload())
            self._task.add_done_callback(self._tell)
        return self._task

    async def ask(self) -> None:
        """Returns once the workers are being replaced. Raises UsageError where the application cannot be imported,
        and then nothing is replaced."""
        await asyncio.shield(self.begin())

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._say("reload: the workers are replaced one after another")
        else:
            self._say(f"reload: nothing was replaced: {error}")
