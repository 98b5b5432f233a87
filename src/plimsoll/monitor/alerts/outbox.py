"""Errands: a notice on its way to one place, tried again until it is taken or given up. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any, Final, Literal

FIRST_DELAY_S: Final = 5.0
DELAY_S_MAX: Final = 600.0
GIVE_UP_S: Final = 3_600.0  # what could not be told for so long is old: what still fires is told again anyway
WAITING_MAX: Final = 200  # beyond it the oldest are given up: 7 MB at most
SHOWN_MAX: Final = 100  # finished errands in memory; the store keeps more

ErrandState = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Errand:
    """`target` is the place as it may be shown and found again ("webhook:pager"), `notice` what is told of how many
    `alerts`, as JSON, while it waits."""

    id: str
    target: str
    created_at: float
    alerts: int = 0
    notice: Mapping[str, Any] = field(default_factory=dict)
    state: ErrandState = "waiting"
    attempts: int = 0
    next_at: float = 0.0
    ended_at: float | None = None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Without what is told: that is in the history of alerts."""
        shown = asdict(self)
        del shown["notice"]
        return shown


def delay_s(attempts: int, chance: Random) -> float:
    """After so many failed attempts: 5 s, then three times as long each time, up to 10 min, give or take a third."""
    return float(min(FIRST_DELAY_S * 3 ** (attempts - 1), DELAY_S_MAX) * chance.uniform(2 / 3, 4 / 3))


def delivered(errand: Errand, now_s: float) -> Errand:
    return replace(errand, state="delivered", notice={}, attempts=errand.attempts + 1, ended_at=now_s, why="")


def failed(errand: Errand, now_s: float, why: str, chance: Random, *, final: bool = False) -> Errand:
    """After an attempt that failed: another one later, or none."""
    attempts = errand.attempts + 1
    next_at = now_s + delay_s(attempts, chance)
    if final or next_at - errand.created_at > GIVE_UP_S:
        return replace(errand, state="failed", notice={}, attempts=attempts, ended_at=now_s, why=why)
    return replace(errand, attempts=attempts, next_at=next_at, why=why)


class Outbox:
    """All errands that wait, and the last of those that do not any more."""

    def __init__(self, errands: Iterable[Errand] = ()) -> None:
        self._waiting = {errand.id: errand for errand in errands if errand.state == "waiting"}
        self._under_way: set[str] = set()
        self._ended: dict[str, Errand] = {errand.id: errand for errand in errands if errand.state != "waiting"}
        self.changed: dict[str, Errand] = {}

    def put(self, errand: Errand) -> None:
        """A new state of an errand, or a new one."""
        self.changed[errand.id] = errand
        self._under_way.discard(errand.id)
        if errand.state == "waiting":
            self._waiting[errand.id] = errand
        else:
            self._waiting.pop(errand.id, None)
            self._ended[errand.id] = errand
        while len(self._waiting) > WAITING_MAX:
            oldest = next(iter(self._waiting.values()))
            why = f"more than {WAITING_MAX} messages wait"
            self.put(replace(oldest, state="failed", notice={}, ended_at=errand.created_at, why=why))
        while len(self._ended) > SHOWN_MAX:
            del self._ended[next(iter(self._ended))]

    def due(self, now_s: float, limit: int) -> list[Errand]:
        """Those to be tried now, at most `limit`; each is under way until it is put again.

        What is due in an hour was planned before the clock was set back: it is due now.
        """
        due = [
            errand
            for errand in self._waiting.values()
            if errand.id not in self._under_way and not now_s < errand.next_at <= now_s + 2 * DELAY_S_MAX
        ][: max(0, limit)]
        self._under_way |= {errand.id for errand in due}
        return due

    def all(self) -> list[Errand]:
        """The newest first."""
        errands = [*self._waiting.values(), *self._ended.values()]
        return sorted(errands, key=lambda errand: errand.created_at, reverse=True)
