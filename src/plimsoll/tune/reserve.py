"""Indexes that stand behind those that are chosen, and what room there is for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_bytes


@dataclass(frozen=True, slots=True)
class Reserve:
    """`spare` would do instead of some of those that are chosen, should their proof fail. `waiting` would pay beside
    them, but `budget_bytes` has no room for them, unless a proof fails."""

    spare: Sequence[Advised] = ()
    waiting: Sequence[Advised] = ()
    budget_bytes: int | None = None

    def no_room(self, one: Advised, accepted: Sequence[Advised]) -> str:
        """Why it does not fit beside what was proved; "" where it does."""
        if self.budget_bytes is None or one.estimate is None:
            return ""
        room = self.budget_bytes - sum(_bytes(each) for each in accepted if each.change.kind == "create-index")
        if one.estimate.size_bytes <= room:
            return ""
        sizes = f"{format_bytes(one.estimate.size_bytes)} of {format_bytes(max(0, room))}"
        return f"does not fit beside what is proved: takes {sizes}"


def _bytes(one: Advised) -> int:
    if one.proof is not None:
        return one.proof.size_bytes
    return one.estimate.size_bytes if one.estimate is not None else 0
