"""Yesterday at this time: a floor under the rate, which is only believed while it does not err much."""

from collections.abc import Mapping
from typing import Any, Final, Self

DAY_S: Final = 86_400.0
BUCKET_S: Final = 300.0
BUCKETS: Final = int(DAY_S / BUCKET_S)
KEPT: Final = 2 * BUCKETS  # two days, 18 KB: today's level is held against yesterday's
NONE: Final = -(10**12)  # no bucket's number; those of before the clock's zero are below 0
LEVEL_BUCKETS: Final = 12  # an hour of both days is compared for the level
LEVEL_LEAST, LEVEL_MOST = 0.5, 1.5
ERROR_GAIN: Final = 0.1  # of each bucket: about the last hour counts
ERROR_MOST: Final = 0.2  # mean relative error of what is believed
ERROR_BEGINS: Final = 1.0  # nothing is believed before it was right for a while, over an hour


class SeasonalFloor:
    """The peak of each five minutes of the last two days. Its error is that of what it would have said.

    What is expected is yesterday's peak of the bucket, times today's level over that of yesterday's same hour.
    """

    __slots__ = ("_bucket", "_count", "_expected", "_means", "_numbers", "_peak", "_peaks", "_sum", "error")

    def __init__(self) -> None:
        self._numbers = [NONE] * KEPT  # which bucket, counted from the clock's zero, a slot holds
        self._peaks, self._means = [0.0] * KEPT, [0.0] * KEPT
        self._bucket, self._peak, self._sum, self._count = NONE, 0.0, 0.0, 0
        self._expected: float | None = None
        self.error = ERROR_BEGINS

    @property
    def believed(self) -> bool:
        return self.error <= ERROR_MOST

    def put(self, at: float, rate: float) -> None:
        """A smoothed rate: its peak is what must be carried."""
        bucket = int(at // BUCKET_S)
        if bucket != self._bucket:
            self._close()
            self._bucket, self._peak, self._sum, self._count = bucket, 0.0, 0.0, 0
            self._expected = self._of(bucket)
        self._peak = max(self._peak, rate)
        self._sum += rate
        self._count += 1

    def floor(self, now: float, ahead_s: float) -> float:
        """The rate that is expected until `now + ahead_s`; 0 while it is not believed or nothing is known."""
        if not self.believed:
            return 0.0
        first, last = int(now // BUCKET_S), int((now + ahead_s) // BUCKET_S)
        return max(self._of(first) or 0.0, self._of(last) or 0.0 if last != first else 0.0)

    def _of(self, bucket: int) -> float | None:
        peak = self._kept(self._peaks, bucket - BUCKETS)
        return None if peak is None else peak * self._level()

    def _level(self) -> float:
        """The last hour's mean over that of the same hour yesterday, as far as both are known."""
        today = yesterday = 0.0
        for number in range(self._bucket - LEVEL_BUCKETS, self._bucket):
            now, before = self._kept(self._means, number), self._kept(self._means, number - BUCKETS)
            if now is not None and before is not None:
                today, yesterday = today + now, yesterday + before
        return min(max(today / yesterday if yesterday > 0 else 1.0, LEVEL_LEAST), LEVEL_MOST)

    def _kept(self, values: list[float], bucket: int) -> float | None:
        slot = bucket % KEPT
        return values[slot] if self._numbers[slot] == bucket else None

    def _close(self) -> None:
        if not self._count:
            return
        if self._expected is not None and self._peak > 0:
            error = min(1.0, abs(self._expected - self._peak) / self._peak)
            self.error += ERROR_GAIN * (error - self.error)
        slot = self._bucket % KEPT
        self._numbers[slot], self._peaks[slot] = self._bucket, self._peak
        self._means[slot] = self._sum / self._count

    def to_json(self) -> dict[str, Any]:
        """What a restart should not lose, on a clock that goes on after it (seconds since 1970)."""
        kept = sorted((n, self._peaks[slot], self._means[slot]) for slot, n in enumerate(self._numbers) if n != NONE)
        return {"bucket_s": BUCKET_S, "error": self.error, "buckets": kept}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError, TypeError or ValueError on anything else."""
        made = cls()
        if data["bucket_s"] != BUCKET_S or len(data["buckets"]) > KEPT:
            raise ValueError("of another version")
        made.error = float(data["error"])
        for number, peak, mean in data["buckets"]:
            slot = int(number) % KEPT
            made._numbers[slot], made._peaks[slot], made._means[slot] = int(number), float(peak), float(mean)
        return made

    def copy(self) -> Self:
        twin = type(self)()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(twin, name, value.copy() if isinstance(value, list) else value)
        return twin
