"""A tuning in a list: what one needs to choose among them."""

from dataclasses import dataclass
from datetime import datetime

from plimsoll.core.tuning.advice import Tuning


@dataclass(frozen=True, slots=True)
class Listed:
    """One that is kept, and when it was applied; `problem` says why it cannot be read."""

    id: str
    tuning: Tuning | None
    applied_at: datetime | None = None
    problem: str = ""
