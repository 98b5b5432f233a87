"""Which of two columns' moments come first, as far as what was learned of them tells. Pure."""

from typing import Final

import numpy as np

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.schema import DataType
from plimsoll.data.drawing import Floats
from plimsoll.data.learning.sources import learned_moments

_EARLIER: Final = 0.2  # of the time between the first moments and the last ones


def is_later(known: ColumnStatistics, birth: ColumnStatistics) -> bool:
    """Whether a column's moments come after those of another, as far as distributions tell."""
    ours, theirs = _levels(known), _levels(birth)
    return ours is not None and theirs is not None and bool((ours >= theirs).all())


def is_earlier(known: ColumnStatistics, before: ColumnStatistics) -> bool:
    """Whether distributions contradict that a column's moments come after another's. Those of fewer rows may differ."""
    ours, theirs = _levels(known), _levels(before)
    if ours is None or theirs is None:
        return False
    return bool(np.median(theirs - ours) > _EARLIER * (theirs[-1] - theirs[0]))


def _levels(known: ColumnStatistics) -> Floats | None:
    found = learned_moments(known, DataType("timestamptz", "timestamptz"), 10**9)
    return None if found is None else found.quantiles.at(np.linspace(0.05, 0.95, 10))
