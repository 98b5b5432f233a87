"""One fetch for many who ask: who goes, who waits for it, and where waiting has shown to be of no use."""

import asyncio
from collections import OrderedDict
from typing import NamedTuple

from plimsoll.edge.serving.exchange import FromStore
from plimsoll.edge.serving.origin.failing import OriginFailed


class Landing(NamedTuple):
    """What became of a flight, for those who waited: told from the store, the same failure, or neither: then they look
    again, and go themselves."""

    told: FromStore | None = None
    failure: OriginFailed | None = None


class Flights:
    """A flight is a promise of a Landing that is always kept. What could not be shared is remembered for `pass_s`
    (hit-for-miss), for at most `passed_max` keys, the latest. Keys are digests, however long a URL is."""

    def __init__(self, pass_s: float, passed_max: int) -> None:
        self._pass_s = pass_s
        self._passed_max = passed_max
        self._under_way: dict[bytes, asyncio.Future[Landing]] = {}
        self._passed: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._under_way)

    def under_way(self, key: bytes) -> asyncio.Future[Landing] | None:
        return self._under_way.get(key)

    def begin(self, key: bytes) -> None:
        """There is none under way with this key."""
        assert key not in self._under_way, "two flights of one key"
        self._under_way[key] = asyncio.get_running_loop().create_future()

    def land(self, key: bytes, landing: Landing) -> None:
        """Twice is as good as once."""
        promised = self._under_way.pop(key, None)
        if promised is not None:
            promised.set_result(landing)

    def note_shared(self, key: bytes) -> None:
        self._passed.pop(key, None)

    def note_passed(self, key: bytes, now_s: float) -> None:
        self._passed[key] = now_s + self._pass_s
        self._passed.move_to_end(key)
        if len(self._passed) > self._passed_max:
            self._passed.popitem(last=False)

    def passes(self, key: bytes, now_s: float) -> bool:
        """Whether its requests go each for itself."""
        until_s = self._passed.get(key)
        if until_s is None:
            return False
        if now_s < until_s <= now_s + self._pass_s:  # a clock that was set back ends it, too
            return True
        del self._passed[key]
        return False
