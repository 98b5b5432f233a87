"""Errands: a notice on its way to one place, tried again until it is taken or given up. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any, Final, Literal

FIRST_DELAY_S: Final = 5.0
DELAY_S_MAX: Final = 600.0
GIVE_UP_S: Final = 3_600.0  # what could not be told for so long is old: what still fires is told again anyway
WAITING_MAX: Final = 200  # beyond it the oldest are given up: 7 MB at most
SHOWN_MAX: Final = 100  # finished errands in memory; the store keeps more

ErrandState = Literal["waiting", "delivered", "failed", "superseded"]
Silenced = Callable[[str, Mapping[str, str]], bool]
"""Whether a silence holds for alerts of a rule with such labels."""


@dataclass(frozen=True, slots=True)
class Errand:
    """`target` is the place as it may be shown and found again ("webhook:pager"), `notice` what is told of how many
    `alerts`, as JSON, while it waits. "superseded": newer messages told of all its alerts before it was taken."""

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


def without(errand: Errand, fingerprints: Collection[str]) -> Errand | None:
    """What is left to tell without some alerts; None where nothing is."""
    return _telling(errand, [one for one in errand.notice["alerts"] if one["fingerprint"] not in fingerprints])


def parted(errand: Errand, silenced: Silenced) -> tuple[Errand | None, Errand | None]:
    """What may be told now, and what a silence holds back."""
    alerts = errand.notice["alerts"]
    held = [one for one in alerts if silenced(one["rule"], one["labels"])]
    if not held:
        return errand, None
    return without(errand, {one["fingerprint"] for one in held}), _telling(errand, held, left_out=0)


def _telling(errand: Errand, alerts: list[Mapping[str, Any]], left_out: int | None = None) -> Errand | None:
    left_out = errand.notice["left_out"] if left_out is None else left_out
    if not alerts and not left_out:
        return None
    notice = dict(errand.notice) | {"alerts": alerts, "left_out": left_out}
    return replace(errand, alerts=len(alerts) + left_out, notice=notice)


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
            self._give_way(errand.target)
        else:
            self._waiting.pop(errand.id, None)
            self._ended[errand.id] = errand
        while len(self._waiting) > WAITING_MAX:
            oldest = next(iter(self._waiting.values()))
            why = f"more than {WAITING_MAX} messages wait"
            self.put(replace(oldest, state="failed", notice={}, ended_at=errand.created_at, why=why))
        while len(self._ended) > SHOWN_MAX:
            del self._ended[next(iter(self._ended))]

    def _give_way(self, target: str) -> None:
        """What waits and a newer message tells, too, is told by that alone: no place hears what is old after the new.

        What is under way just now gives way when it comes back.
        """
        newer: set[str] = set()
        for errand in [one for one in reversed(self._waiting.values()) if one.target == target]:
            told = {one["fingerprint"] for one in errand.notice["alerts"]}
            if newer & told and errand.id not in self._under_way:
                self._supersede(errand, without(errand, newer))
            newer |= told

    def _supersede(self, errand: Errand, left: Errand | None) -> None:
        if left is None:
            del self._waiting[errand.id]
            left = replace(errand, state="superseded", notice={}, ended_at=errand.next_at)
            self._ended[errand.id] = left
        else:
            self._waiting[errand.id] = left
        self.changed[errand.id] = left

    def due(self, now_s: float, limit: int, silenced: Silenced = lambda rule, labels: False) -> list[Errand]:
        """Those to be tried now, at most `limit` and one for each place; each is under way until it is put again.

        What is due in an hour was planned before the clock was set back: it is due now. What a silence fits waits.
        """
        busy = {self._waiting[one].target for one in self._under_way if one in self._waiting}
        due: list[Errand] = []
        for errand in list(self._waiting.values()):
            if len(due) >= limit:
                break
            if errand.target in busy or now_s < errand.next_at <= now_s + 2 * DELAY_S_MAX:
                continue
            told = self._part(errand, silenced)
            if told is not None:
                busy.add(errand.target)
                self._under_way.add(told.id)
                due.append(told)
        return due

    def _part(self, errand: Errand, silenced: Silenced) -> Errand | None:
        """What of an errand may be told now; what is held back keeps its place among those that wait."""
        told, held = parted(errand, silenced)
        if told is None or held is None:
            return told
        self._waiting[held.id] = self.changed[held.id] = held
        apart = f"{errand.notice['id']}-{errand.attempts + 1}"
        told = replace(told, id=f"{apart}-{errand.target}", notice=dict(told.notice) | {"id": apart})
        self._waiting[told.id] = self.changed[told.id] = told
        return told

    def all(self) -> list[Errand]:
        """The newest first."""
        errands = [*self._waiting.values(), *self._ended.values()]
        return sorted(errands, key=lambda errand: errand.created_at, reverse=True)
