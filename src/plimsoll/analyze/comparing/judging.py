"""From an effect to a verdict: more than chance, and more than the floor; or why nothing can be said."""

from typing import Final

from plimsoll.analyze.comparing.effects import ALPHA
from plimsoll.core.change import percent_number
from plimsoll.core.comparison import Effect, Unit, Verdict

FLOOR: Final = 0.05
SHARE_FLOOR: Final = 0.01  # of failures: a point
COARSE: Final = 0.25  # who could not have seen this much has not shown that there is no difference
SHARE_COARSE: Final = 0.05


def floor_of(unit: Unit, floor: float) -> float:
    """The least effect that counts. Of shares it is a point: a ratio of two tiny shares says nothing."""
    return SHARE_FLOOR if unit == "share" else floor


def judge(
    effect: Effect | None, unit: Unit, floor: float, *, higher_is_better: bool, too_few: str = ""
) -> tuple[Verdict, str]:
    """The verdict on one metric, and why. `too_few` says why no figure beside the first could be found to differ."""
    if effect is None:
        return "cannot tell", "has no value above 0 of every run"
    if effect.p is None:
        return (
            "cannot tell",
            f"{effect_words(effect.estimate, unit)}: too few seconds to say whether by chance",
        )
    p = effect.p if effect.p_corrected is None else effect.p_corrected
    least = floor_of(unit, floor)
    said = effect_words(effect.estimate, unit)
    if p <= ALPHA and abs(effect.estimate) >= least:
        better = (effect.estimate > 0) == higher_is_better
        return ("better" if better else "worse"), f"{said}, {p_words(p)}"
    if too_few and effect.p_corrected is not None:
        return "cannot tell", f"{said}, p {effect.p:.3f} by itself: {too_few}"
    smallest = effect.smallest
    if effect.p_corrected is not None and effect.p <= ALPHA < p:
        return "no difference shown", f"{said}, p {effect.p:.3f} by itself, which one of so many has by chance"
    if smallest is None or smallest > (SHARE_COARSE if unit == "share" else max(COARSE, floor)):
        could = "nothing" if smallest is None else f"only {_size(smallest, unit)} and more"
        return "cannot tell", f"{said}, {p_words(p)}; runs that differ so much by themselves could show {could}"
    if p <= ALPHA:
        return "no difference shown", f"{said}, {p_words(p)}, but less than the floor of {_size(least, unit)}"
    if effect.p_corrected is not None:
        return "no difference shown", f"{said}, {p_words(p)}"
    return "no difference shown", (
        f"{said}, {p_words(p)}; a difference of {_size(max(smallest, least), unit)} would have been found 4 times in 5"
    )


def effect_words(estimate: float, unit: Unit) -> str:
    """ "12.3 % higher", "0.5 points lower", "the same"."""
    if abs(estimate) < 0.0005:
        return "the same"
    return f"{_size(abs(estimate), unit)} {'higher' if estimate > 0 else 'lower'}"


def p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}" if p < 0.1 else f"p {p:.2f}"


def _size(size: float, unit: Unit) -> str:
    if unit == "share":
        points = f"{size * 100:.2f}".rstrip("0").rstrip(".")
        return f"{points} point{'' if points == '1' else 's'}"
    return f"{percent_number(size)} %"
