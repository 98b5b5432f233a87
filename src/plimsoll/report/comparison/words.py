"""A comparison in words: what both faces say alike."""

from typing import Final

from plimsoll.core.change import percent_number, signed_percent_number
from plimsoll.core.comparison import Compared, Comparison, Effect, Side, Unit, Watched
from plimsoll.core.units import UNKNOWN, format_bytes, format_count, format_ms, format_rate, format_share
from plimsoll.report.words import plain

TEXT_MAX: Final = 500
ALPHA: Final = 0.05  # as `analyze.comparing.effects` has it
METHODS: Final = {
    "permutation": "a permutation test over runs",
    "t": "Student's t over runs",
    "blocks": "blocks of seconds of single runs",
}
HEADS: Final = {
    "better": "Better",
    "worse": "Worse",
    "no difference shown": "No difference shown",
    "cannot tell": "Cannot tell",
}


def sentence(comparison: Comparison) -> str:
    """ "Worse: p95 12.3 % higher, p 0.008"."""
    return f"{head_words(comparison)}: {plain(comparison.because, TEXT_MAX)}"


def head_words(comparison: Comparison) -> str:
    """The verdict; a difference that is there but below the floor is told as such."""
    effect = comparison.primary.effect if comparison.primary is not None else None
    sure = effect is not None and effect.p is not None and effect.p <= ALPHA
    if comparison.verdict == "no difference shown" and sure:
        return "No difference that counts"
    return HEADS[comparison.verdict]


def side_words(name: str, side: Side) -> str:
    """ "A: baseline default, 5 runs (20260214-…, …)"."""
    count = len(side.runs)
    runs = ", ".join(side.runs[:3]) + (", …" if count > 3 else "")
    listed = "," in side.said and not side.said.startswith("series-")
    said = "" if listed or side.said in side.runs else f"{plain(side.said)}, "
    return f"{name}: {said}{count} run{'' if count == 1 else 's'} ({runs})"


def value_words(value: float | None, unit: Unit) -> str:
    if unit == "ms":
        return format_ms(value)
    return format_rate(value) if unit == "/s" else format_share(value)


def change_words(effect: Effect | None, unit: Unit) -> str:
    """ "+12.3 %", or in points."""
    return UNKNOWN if effect is None else _signed(effect.estimate, unit)


def interval_words(effect: Effect | None, unit: Unit) -> str:
    """ "+4.1..+20.3 %"; an end that nothing bounds is "?"."""
    if effect is None or (effect.low is None and effect.high is None):
        return UNKNOWN
    low, high = ("?" if end is None else _number(end, unit) for end in (effect.low, effect.high))
    return f"{low}..{high} {_unit(unit)}"


def size_words(size: float, unit: Unit) -> str:
    """ "12.3 %", or in points (pt)."""
    return _signed(size, unit).removeprefix("+")


def p_of(compared: Compared) -> str:
    effect = compared.effect
    p = None if effect is None else effect.p if effect.p_corrected is None else effect.p_corrected
    return UNKNOWN if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def method_words(comparison: Comparison) -> str:
    """How the primary metric was tested, and against which floor."""
    primary = comparison.primary
    if primary is None or primary.effect is None or primary.effect.method == "none":
        return ""
    floor = "1 point" if primary.unit == "share" else f"{percent_number(comparison.floor)} %"
    counts = f"less than {floor} does not count" if floor != "0 %" else "any difference counts"
    return f"{primary.name} by {METHODS[primary.effect.method]}; {counts}"


def watched_words(found: Watched) -> tuple[str, str]:
    """Both values of what was watched."""
    a, b = (_figure(value, found.unit) for value in (found.a, found.b))
    return a, b


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return UNKNOWN
    if unit == "ms":
        return format_ms(value)
    if unit == "bytes":
        return format_bytes(value)
    number = format_count(round(value)) if abs(value) >= 1_000 else f"{value:.3g}"
    return f"{number} %" if unit == "percent" else f"{number}{f' {unit}' if unit != 'count' else ''}"


def _signed(value: float, unit: Unit) -> str:
    return f"{_number(value, unit)} {_unit(unit)}"


def _unit(unit: Unit) -> str:
    return "pt" if unit == "share" else "%"


def _number(value: float, unit: Unit) -> str:
    if unit == "share":
        return f"{round(value * 100, 2) + 0.0:+.2f}"
    return signed_percent_number(value)
