"""What a policy of scaling would have done on a trace, and what requests would have met: one row of a simulation."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PolicyOutcome:
    """`violated` and `refused` count requests; a refused one is violated, too. `ups` and `downs` count decisions that
    changed the number of workers; `by_rule`: by which rule. `queue_max` in requests."""

    policy: str
    requests: float
    violated: float = 0.0
    refused: float = 0.0
    worker_hours: float = 0.0
    ups: int = 0
    downs: int = 0
    workers_max: int = 0
    queue_max: float = 0.0
    by_rule: dict[str, int] = field(default_factory=dict)

    @property
    def violation_share(self) -> float:
        return self.violated / self.requests if self.requests else 0.0

    @property
    def actions(self) -> int:
        return self.ups + self.downs

    def to_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy, "violation_share": self.violation_share, "violated": self.violated,
            "refused": self.refused, "worker_hours": self.worker_hours, "actions": self.actions, "ups": self.ups,
            "downs": self.downs, "workers_max": self.workers_max, "queue_max": self.queue_max,
            "changes_by_rule": dict(sorted(self.by_rule.items())),
        }  # fmt: skip
