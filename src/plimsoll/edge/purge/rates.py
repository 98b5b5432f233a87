"""How often a provider may be asked, and when again after it failed. Pure: the time is an argument."""

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from plimsoll.edge.providers.provider import Rate

RETRY_S_FIRST: Final = 0.5
RETRY_S_MAX: Final = 300.0  # without the provider's word
ASKED_S_MAX: Final = 3_600.0  # a longer Retry-After is not believed
PAUSE_S_MAX: Final = 30.0  # that other rows wait for a provider that failed


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens that are there at `at_s`. More than the burst is taken from a full one, which owes them then."""

    rate: Rate
    tokens: float
    at_s: float

    @staticmethod
    def full(rate: Rate, now_s: float) -> "Bucket":
        return Bucket(rate, rate.burst, now_s)

    def wait_s(self, now_s: float, number: float = 1.0) -> float:
        """Until so many may be taken; 0 if they may be now."""
        lacking = min(number, self.rate.burst) - self._filled(now_s)
        return max(0.0, lacking / self.rate.per_s)

    def taken(self, now_s: float, number: float = 1.0) -> "Bucket":
        """After that was waited for."""
        return replace(self, tokens=self._filled(now_s) - number, at_s=max(now_s, self.at_s))

    def _filled(self, now_s: float) -> float:
        """A clock that goes back fills nothing."""
        return min(self.rate.burst, self.tokens + max(0.0, now_s - self.at_s) * self.rate.per_s)


def retry_s(tries: int, random: Random, asked_s: float | None = None) -> float:
    """After so many tries: doubling, the upper half of it by chance, and not before the provider said."""
    longest: float = min(RETRY_S_FIRST * 2.0 ** min(max(tries - 1, 0), 16), RETRY_S_MAX)
    own = longest * random.uniform(0.5, 1.0)
    return own if asked_s is None else max(own, min(max(asked_s, 0.0), ASKED_S_MAX) * random.uniform(1.0, 1.1))


def pause_s(failures: int, random: Random, asked_s: float | None = None) -> float:
    """For how long a provider is left alone after so many failures in a row, whatever the row."""
    return min(retry_s(failures, random), PAUSE_S_MAX) if asked_s is None else retry_s(failures, random, asked_s)
