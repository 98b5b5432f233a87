"""What became of a served application's workers beside a run, as it is kept in the run's directory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from plimsoll.core.recorded import Recorded
from plimsoll.core.scaling import DecisionRecord, Happening, ScalingHistory, ScalingStatus

FACT: Final = "served"  # the document's kind


@dataclass(frozen=True, slots=True)
class ScaledRun:
    """`served` its name. Decisions that changed the number of workers or were held, and what happened to workers, both
    oldest first; `left_out` older entries are not here."""

    served: str
    policy: str
    workers_min: int
    workers_max: int
    capacity_per_s: float | None
    decisions: tuple[DecisionRecord, ...]
    happenings: tuple[Happening, ...]
    left_out: int

    @classmethod
    def of(cls, recorded: Recorded) -> Self | None:
        """None where no served application was watched, or another Plimsoll wrote what this one cannot read."""
        return cls.of_document(recorded.facts.get(FACT))

    @classmethod
    def of_document(cls, document: Mapping[str, Any] | None) -> Self | None:
        try:
            status, history = document["status"], document["history"]  # type: ignore[index]  # a TypeError, below
            return cls._of(ScalingStatus.of_json(status), ScalingHistory.of_json(history))
        except (KeyError, TypeError, ValueError):
            return None

    @classmethod
    def _of(cls, status: ScalingStatus, history: ScalingHistory) -> Self:
        capacity = None if status.capacity is None else status.capacity.one_per_s
        return cls(
            status.name, status.policy, status.limits.workers_min, status.limits.workers_max, capacity,
            history.decisions, history.happenings, history.left_out,
        )  # fmt: skip

    @property
    def limits_words(self) -> str:
        """ "1 to 4 workers by hybrid, each carries 12 requests/s"."""
        least, most = self.workers_min, self.workers_max
        workers = f"always {least}" if least == most else f"{least} to {most}"
        told = f"{workers} worker{'s' * (most > 1)} by {self.policy}"
        return told if self.capacity_per_s is None else f"{told}, each carries {self.capacity_per_s:.4g} requests/s"

    @property
    def changes(self) -> tuple[DecisionRecord, ...]:
        return tuple(one for one in self.decisions if one.done and one.wanted != one.before)


def document_of(status: ScalingStatus, history: ScalingHistory) -> dict[str, Any]:
    """Plain JSON, which `ScaledRun.of_document` reads."""
    return {"status": status.to_json(), "history": history.to_json()}
