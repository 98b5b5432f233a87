"""Token buckets: how often a client may ask, and how often it may be wrong. Time is an argument."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

CLIENTS_MAX: Final = (
    1_000  # beyond it the one that was quiet for longest is forgotten: its bucket was full again anyway
)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Buckets:
    """One bucket for each client: `burst` at once, then `per_s`."""

    def __init__(self, per_s: float, burst: float, clients_max: int = CLIENTS_MAX) -> None:
        self.per_s = per_s
        self._burst = burst
        self._clients_max = clients_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, now_s: float) -> float:
        """Takes a token; 0 where there was one, else the seconds until there is."""
        bucket = self._filled(client, now_s)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self.per_s

    def wait_s(self, client: str, now_s: float) -> float:
        """The seconds until there is a token, 0 where there is one, which is left there."""
        return max(0.0, (1 - self._filled(client, now_s).tokens) / self.per_s)

    def _filled(self, client: str, now_s: float) -> _Bucket:
        bucket = self._buckets.setdefault(client, _Bucket(self._burst, now_s))
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._clients_max:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now_s - bucket.at_s) * self.per_s)
        bucket.at_s = now_s
        return bucket
