"""What a proof comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.proof import Proof


@dataclass(frozen=True, slots=True)
class Proved:
    """`advised` are those that pay, with what each saves on top of those before it, and those that cannot be measured;
    `together` is of the measured ones all at once against none, None where there is none or the time was up."""

    advised: Sequence[Advised]
    rejected: Sequence[Rejected]
    together: Proof | None
    notes: Sequence[str] = ()
