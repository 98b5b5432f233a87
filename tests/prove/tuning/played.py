"""A case with the advice on it, and what that came to. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex, Index
from tests.prove.tuning.cases import Case
from tests.prove.tuning.measuring import Taken

INDEXES = ("create-index", "drop-index")


@dataclass(frozen=True, slots=True)
class Played:
    """`followed` is what the workload takes with all of the advice, measured apart from the product."""

    case: Case
    tuning: Tuning
    before: Taken
    followed: Taken
    seconds: float

    @property
    def left(self) -> float:
        """Of the workload's time, the share that is left."""
        return self.followed.ms / self.before.ms

    @property
    def changes(self) -> Sequence[Change]:
        return [one.change for one in self.tuning.advised]

    @property
    def indexes(self) -> list[Index]:
        return [one.index for one in self.changes if one.kind == "create-index" and one.index is not None]

    @property
    def dropped(self) -> list[ExistingIndex]:
        return [one.existing for one in self.changes if one.kind == "drop-index" and one.existing is not None]
