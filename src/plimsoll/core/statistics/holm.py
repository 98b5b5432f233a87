"""Holm's correction: p-values of many tests made such that the chance of any false one stays what was asked for."""

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """Corrected p-values, in the order given (Holm 1979): at most 1, and never smaller than what they were."""
    order = sorted(range(len(ps)), key=ps.__getitem__)
    corrected = [0.0] * len(ps)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, ps[at] * (len(ps) - rank)))
        corrected[at] = highest
    return corrected
