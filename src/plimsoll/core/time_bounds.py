"""Bounds by which times are counted. Apart from what is counted, so that whoever counts loads no more than these."""

from math import inf
from typing import Final

# Upper bounds of what a fill took, or of how late a change was applied, in ms; within one it is taken as spread evenly.
# The last has no bound.
FILL_MS: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, inf)
# The same for answers to clients, which also take longer: what is above 5 s must be told from 5 s.
ANSWER_MS: Final = (*FILL_MS[:-1], 10_000.0, 30_000.0, 60_000.0, inf)
