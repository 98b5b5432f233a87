"""What statements still take with the changes that were accepted, by the proofs of these. Pure."""

from collections.abc import Callable, Sequence

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change


def left_with(accepted: Sequence[Advised], has: Callable[[Change], bool]) -> dict[str, float]:
    """Which share of its time each statement still takes, where those are made that a side `has`. `accepted` is in the
    order in which each was measured on top of those before, all of which the side has to have."""
    left: dict[str, float] = {}
    proofs = [one.proof for one in accepted if one.proof is not None and has(one.change)]
    for at, proof in enumerate(proofs):
        if all(proof.queries != other.queries for other in proofs[:at]):  # those that are only used together share one
            for one in proof.queries:
                share = one.after.ms.value / one.before.ms.value if one.before.ms.value > 0 else 1.0
                left[one.query] = left.get(one.query, 1.0) * share
    return left
