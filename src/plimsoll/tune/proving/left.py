"""What statements still take with the changes that were accepted, by the proofs of these. Pure."""

from collections.abc import Callable, Sequence

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change


def left_with(accepted: Sequence[Advised], has: Callable[[Change], bool]) -> dict[str, float]:
    """Which share of its time each statement still takes at most, where those are made that a side `has`. `accepted` is
    in the order in which each was measured on top of those before. What was measured on top of one that is not made
    there tells nothing of that one's statements."""
    proofs = [(one.proof, has(one.change)) for one in accepted if one.proof is not None]
    absent = [one.queries for one, made in proofs if not made]
    left: dict[str, float] = {}
    gone: set[str] = set()
    for at, (proof, made) in enumerate(proofs):
        if not made or proof.queries in absent:  # those that are only used together share a proof
            gone |= {one.query for one in proof.queries}
        elif all(proof.queries != other.queries for other, _ in proofs[:at]):
            for one in proof.queries:
                known = one.before.ms.value > 0 and one.query not in gone
                share = one.after.ms.value / one.before.ms.value if known else 1.0
                left[one.query] = left.get(one.query, 1.0) * share
    return left
