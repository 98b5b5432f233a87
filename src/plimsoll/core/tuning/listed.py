"""A tuning in a list: what one needs to choose among them."""

from dataclasses import dataclass
from datetime import datetime

from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.applied import Applied


@dataclass(frozen=True, slots=True)
class Listed:
    """One that is kept, and what was applied of it; `problem` says why it cannot be read."""

    id: str
    tuning: Tuning | None
    applied: Applied | None = None
    problem: str = ""

    @property
    def applied_at(self) -> datetime | None:
        """None where nothing of it is in effect."""
        return None if self.applied is None or not self.applied.done else self.applied.began_at
