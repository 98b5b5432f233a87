"""How often each thread group's journey is taken, and how far that may be from the plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.load.importers.jmx.code import Body
from plimsoll.load.importers.jmx.curve import Load

_GROUPS: Final = (
    "each thread group is a journey: a user takes one after another by weight, while JMeter's groups "
    "keep their threads to themselves"
)


def weigh(bodies: Sequence[Body], loads: Sequence[Load]) -> None:
    """Weights by how much load the plan gives each group, the smallest 1 where that comes out even."""
    weights = [load.weight if len({each.kind for each in loads}) == 1 else float(load.users) for load in loads]
    least = min(weights, default=1) or 1
    ratios = [weight / least for weight in weights]
    even = all(abs(ratio - round(ratio)) < 0.01 and ratio < 1000 for ratio in ratios)
    for body, ratio, weight in zip(bodies, ratios, weights, strict=True):
        body.weight = round(ratio) if even else max(0.1, round(100 * weight / sum(weights), 1))


def mix_notes(weights: Mapping[str, float], loads: Mapping[str, Load]) -> list[str]:
    """What becomes of the mix. Where loops or a rate are counted in every group, it is the plan's."""
    if len(loads) < 2:
        return []
    kinds = {load.kind for load in loads.values()}
    notes = [_GROUPS]
    if "users" in kinds or len(kinds) > 1:
        notes.append(
            f"the weights ({_shown(weights)}) are of threads, and threads with a short pass make more passes in "
            "JMeter: where one group's pass takes 3 times as long as another's, it is taken 3 times too often "
            "against it here. Divide each weight by the seconds that its journey takes (the first report tells)"
        )
    if len(kinds) > 1:
        notes += [_ends(name, weights, load) for name, load in loads.items() if load.kind == "iterations"]
    return notes


def _shown(weights: Mapping[str, float]) -> str:
    return " : ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _ends(name: str, weights: Mapping[str, float], load: Load) -> str:
    share = 100 * weights[name] / sum(weights.values())
    return (
        f"{name} is over after {load.iterations} passes in JMeter; here {share:.0f} % of all passes are its, to the end"
    )
