"""The priority matrix: what is recommended, by impact and effort."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from plimsoll.core.finding import Effort, Recommendation

Weight = Literal["high", "medium", "low"]
WEIGHTS: Final[Mapping[Weight, tuple[int, str]]] = {
    "high": (7, "impact 7 to 10"), "medium": (4, "impact 4 to 6"), "low": (0, "impact 1 to 3")
}  # fmt: skip
Cells = Mapping[tuple[Weight, Effort], Sequence[int]]


def weight_of(impact: int) -> Weight:
    return next(weight for weight, (least, _) in WEIGHTS.items() if impact >= least)


def cells(recommendations: Sequence[Recommendation]) -> Cells:
    """In each cell the numbers of recommendations, counted from 1 in the order to do them."""
    found: dict[tuple[Weight, Effort], list[int]] = {}
    for number, one in enumerate(recommendations, 1):
        found.setdefault((weight_of(one.impact), one.effort), []).append(number)
    return found
