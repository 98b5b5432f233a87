"""What an edge counts itself."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """Requests by what answered them, since the edge began, and bytes of bodies.

    `hits` came from the store without the application; `stale` of these were past their time; `renewed` came from the
    store after it had said that nothing has changed; `instead` after it had failed; `collapsed` waited for another's
    answer; `forwarded` are its own answers, `stored` of these were kept; `failed` had none. `passed`: why answers were
    not stored, in the words of `rules.Pass`, of which there are some twenty.
    """

    hits: int = 0
    stale: int = 0
    renewed: int = 0
    instead: int = 0
    collapsed: int = 0
    forwarded: int = 0
    stored: int = 0
    failed: int = 0
    stored_bytes: int = 0
    forwarded_bytes: int = 0
    passed: dict[str, int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return self.hits + self.renewed + self.instead + self.collapsed + self.forwarded + self.failed

    @property
    def hit_ratio(self) -> float | None:
        """Answered without asking the application for a body; None before the first request."""
        served = self.hits + self.renewed + self.instead + self.collapsed
        return served / self.requests if self.requests else None
