"""What one look at a served application cannot tell: since when, how often lately, what is new. Pure."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal

from plimsoll.core.observation import Event
from plimsoll.core.scaling import DecisionRecord, Happening, ScalingHistory, ScalingStatus

LATELY_S: Final = 300.0
ENTRIES_MAX: Final = 50  # of decisions, and of happenings, of each application; the oldest go
SHOWN_MAX: Final = 20  # of each in the document, which goes to every page and subscriber every two seconds
RESTARTS_MAX: Final = 1_000  # that are told apart within LATELY_S; a worker that dies backs off soon
EVENTS_MAX: Final = 10  # of one look at one application: marks on the time axis

Standing = Literal["up", "gone", "ended"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a served application. Without a `status`: `why`, and whether it was `ended` in order. `history` is
    what is new since the look before."""

    served: str
    status: ScalingStatus | None
    history: ScalingHistory | None = None
    why: str = ""
    ended: bool = False


@dataclass(slots=True)
class Remembered:
    """Of one application. `began_s`: since when it stands so; `seen_s`: when it answered last."""

    standing: Standing
    began_s: float
    seen_s: float
    status: ScalingStatus
    why: str = ""
    paused_from_s: float | None = None
    decisions: deque[DecisionRecord] = field(default_factory=lambda: deque(maxlen=ENTRIES_MAX))
    happenings: deque[Happening] = field(default_factory=lambda: deque(maxlen=ENTRIES_MAX))
    believed: bool = False  # whether its forecast ever was
    _starts: dict[str, int] = field(default_factory=dict)
    _restarts: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=RESTARTS_MAX))

    @classmethod
    def of(cls, seen: Seen, status: ScalingStatus, at_s: float) -> "Remembered":
        """At the first look: what was before it is history, and no event."""
        made = cls("up", at_s, at_s, status)
        made._starts = {one.name: one.starts for one in status.workers}
        made.again(seen, status, at_s)
        return made

    def again(self, seen: Seen, status: ScalingStatus, at_s: float) -> list[Event]:
        """It answers. What is new of it, as events."""
        events = []
        if self.standing != "up":
            events.append(Event(at_s, "scaling", f"{seen.served}: its supervisor answers again", seen.served))
            self.standing, self.began_s, self.why = "up", at_s, ""
        self.status, self.seen_s = status, at_s
        self.paused_from_s = (self.paused_from_s or at_s) if status.paused else None
        self.believed = self.believed or (status.forecast is not None and status.forecast.believed)
        self._count_restarts(status, at_s)
        new = () if seen.history is None else seen.history.decisions
        self.decisions.extend(new)
        self.happenings.extend(() if seen.history is None else seen.history.happenings)
        changed = [one for one in new if changes(one)][-EVENTS_MAX:]
        return events + [Event(one.at, "scaling", f"{seen.served}: {one.summary}", seen.served) for one in changed]

    def lost(self, seen: Seen, at_s: float) -> list[Event]:
        """It does not answer, or was ended."""
        standing: Standing = "ended" if seen.ended else "gone"
        self.why = seen.why
        if self.standing == standing:
            return []
        self.standing, self.began_s = standing, at_s
        said = "was ended" if seen.ended else f"its supervisor does not answer: {seen.why}"
        return [Event(at_s, "scaling", f"{seen.served}: {said}", seen.served)]

    def _count_restarts(self, status: ScalingStatus, at_s: float) -> None:
        """A worker's first start is none; a supervisor that took over counts anew."""
        new = sum(max(0, one.starts - self._starts.get(one.name, 1)) for one in status.workers)
        self._starts = {one.name: one.starts for one in status.workers}
        if new:
            self._restarts.append((at_s, new))

    def restarts(self, at_s: float) -> int:
        return sum(count for then, count in self._restarts if at_s - then <= LATELY_S)

    def changed(self, at_s: float) -> int:
        return sum(changes(one) for one in self.decisions if at_s - one.at <= LATELY_S)

    def paused_s(self, at_s: float) -> float:
        return 0.0 if self.paused_from_s is None else max(0.0, at_s - self.paused_from_s)

    @property
    def latest_s(self) -> float:
        """Of what is known of its history: what is asked for next is newer."""
        return max((one.at for entries in (self.decisions, self.happenings) for one in entries), default=0.0)

    def row(self, served: str, at_s: float) -> Mapping[str, Any]:
        """Its part of the document "scaling": plain JSON. Decisions and happenings: the newest first."""
        return {
            "served": served,
            "standing": self.standing,
            "why": self.why,
            "began_s": self.began_s,
            "seen_s": self.seen_s,
            "paused_s": self.paused_s(at_s),
            "restarts": self.restarts(at_s),
            "believed_once": self.believed,
            "status": self.status.to_json(),
            "decisions": _newest(self.decisions),
            "happenings": _newest(self.happenings),
        }


def changes(decision: DecisionRecord) -> bool:
    """Whether anything came of it."""
    return decision.done and decision.wanted != decision.before


def _newest(entries: Sequence[DecisionRecord] | Sequence[Happening]) -> list[dict[str, Any]]:
    return [one.to_json() for one in islice(reversed(entries), SHOWN_MAX)]
