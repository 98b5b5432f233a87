"""What a candidate's kind says of an index for one access, before those of all accesses are put together. Pure."""

from dataclasses import dataclass

from plimsoll.core.tuning.candidate import Form
from plimsoll.core.tuning.index import Index
from plimsoll.tune.candidates.accesses import Access


@dataclass(frozen=True, slots=True)
class Proposal:
    """`equal` of its first keys are held equal, so that their order is free; `share` as a candidate's."""

    index: Index
    form: Form
    why: str
    access: Access
    equal: int = 0
    share: float = 1.0
