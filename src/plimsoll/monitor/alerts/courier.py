"""Carrying notices to their places: each attempt in a task of its own, so that nothing waits for it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from plimsoll.monitor.alerts.outbox import Errand, Outbox, Silenced, delivered, failed
from plimsoll.monitor.alerts.places import Place
from plimsoll.monitor.alerts.telling import Notice
from plimsoll.monitor.alerts.webhook import RefusedByHookError
from plimsoll.settings.masking import mask

_LOG = logging.getLogger(__name__)

AT_ONCE_MAX: Final = 4  # attempts at a time: each address is told by a process of its own


class Courier:
    """`clock` gives seconds since 1970, `watched` is what messages call the watched thing."""

    def __init__(
        self, places: Mapping[str, Place], outbox: Outbox, watched: str, *, clock: Callable[[], float], chance: Random
    ) -> None:
        self.outbox = outbox
        self._places = places
        self._watched = watched
        self._clock = clock
        self._chance = chance
        self._attempts: set[asyncio.Task[None]] = set()

    def take(self, notice: Notice) -> None:
        """An errand to each place."""
        document, count = notice.to_json(), len(notice.alerts) + notice.left_out
        for name in self._places:
            self.outbox.put(Errand(f"{notice.id}-{name}", name, notice.at_s, count, document, next_at=notice.at_s))

    def set_out(self, now_s: float, silenced: Silenced = lambda rule, labels: False) -> None:
        """Begins what is due, as far as there is room; the rest when there is. What is silenced by now waits."""
        for errand in self.outbox.due(now_s, AT_ONCE_MAX - len(self._attempts), silenced):
            attempt = asyncio.create_task(self._attempt(errand), name=f"notice to {errand.target}")
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    async def _attempt(self, errand: Errand) -> None:
        place = self._places.get(errand.target)
        try:
            if place is None:
                raise RefusedByHookError("it is not in the settings any more", final=True)
            await place.send(errand.notice, self._watched, self._clock())
        except RefusedByHookError as error:
            self._failed(errand, mask(str(error)), final=error.final)
        except Exception as error:  # noqa: BLE001  # a mistake of ours must not leave the errand under way for ever
            _LOG.exception("a notice to %s failed", errand.target)
            self._failed(errand, f"unexpected: {type(error).__name__}")
        else:
            self.outbox.put(delivered(errand, self._clock()))

    def _failed(self, errand: Errand, why: str, *, final: bool = False) -> None:
        after = failed(errand, self._clock(), why, self._chance, final=final)
        if after.state == "failed":
            _LOG.warning("%s was not told: %s", errand.target, why)
        self.outbox.put(after)

    async def close(self) -> None:
        """Ends attempts under way: they are made again after a restart, where a store kept them."""
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)

    async def settle(self) -> None:
        """Waits for the attempts under way."""
        while self._attempts:
            await asyncio.gather(*self._attempts)
