"""MQM 2.0 (themqm.org): confirmed errors, weighed, make a score; few words make an interval instead of a verdict."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from fluentscribe.checks.findings import Severity
from fluentscribe.scoring.intervals import penalty_limits
from fluentscribe.scoring.profile import Profile

MODEL = "mqm-2"
WORDS_MIN = 500  # for a verdict

_CENT = Decimal("0.01")
Status = Literal["open", "confirmed", "dismissed"]


@dataclass(frozen=True, slots=True)
class Errors:
    """So many errors of one kind in a session."""

    dimension: str
    type: str
    severity: Severity
    status: Status
    count: int = 1


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Penalty points of each dimension, type (`accuracy/number`) and severity that has any errors."""

    dimensions: dict[str, Decimal] = field(default_factory=dict)
    types: dict[str, Decimal] = field(default_factory=dict)
    severities: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Absolute penalty total, evaluation word count and what follows from them, to two decimals.

    `passed` is None below 500 words; `interval` is None from there on: where the score lies with 95 % confidence.
    `calibrated` is None where the profile has no calibration.
    """

    apt: Decimal
    ewc: int
    pass_score: Decimal
    score: Decimal
    passed: bool | None
    interval: tuple[Decimal, Decimal] | None
    calibrated: Decimal | None
    errors: int
    breakdown: Breakdown
    model: str = MODEL


def assess(errors: Iterable[Errors], ewc: int, profile: Profile, pass_score: Decimal) -> Assessment:
    """Only confirmed errors count. `ewc` is 1 at least: of no words there is no score."""
    assert ewc >= 1, "a score needs words"
    counted = [error for error in errors if error.status == "confirmed" and error.count]
    apt = _cents(sum((_penalty(error, profile) for error in counted), Decimal(0)))
    score = raw_score(apt, ewc)
    enough = ewc >= WORDS_MIN
    return Assessment(
        apt=apt,
        ewc=ewc,
        pass_score=pass_score,
        score=score,
        passed=score >= pass_score if enough else None,
        interval=None if enough else _interval(counted, ewc, profile),
        calibrated=calibrated_score(apt, ewc, profile, pass_score),
        errors=sum(error.count for error in counted),
        breakdown=_breakdown(counted, profile),
    )


def raw_score(apt: Decimal, ewc: int) -> Decimal:
    """(1 - APT / EWC) * 100, as the database reckons it."""
    return _cents((1 - apt / ewc) * 100)


def calibrated_score(apt: Decimal, ewc: int, profile: Profile, pass_score: Decimal) -> Decimal | None:
    """MQM's linear calibrated model: penalties are normed to the reference word count (NPT = APT * RWC / EWC) and
    scaled so that the acceptable ones give the threshold: MSV - NPT * (MSV - threshold) / acceptable.
    """
    calibration = profile.calibration
    if calibration is None:
        return None
    threshold = pass_score if calibration.threshold is None else calibration.threshold
    normed = apt * calibration.words / ewc
    return _cents(calibration.maximum - normed * (calibration.maximum - threshold) / calibration.penalties)


def as_json(assessment: Assessment) -> dict[str, object]:
    """What is kept as `assessment_results.breakdown`: penalties by dimension, and what else was reckoned."""
    breakdown = assessment.breakdown
    more: dict[str, object] = {"types": _floats(breakdown.types), "severities": _floats(breakdown.severities)}
    if assessment.interval is not None:
        more["interval"] = [float(limit) for limit in assessment.interval]
    if assessment.calibrated is not None:
        more["calibrated"] = float(assessment.calibrated)
    return _floats(breakdown.dimensions) | more


def _floats(penalties: dict[str, Decimal]) -> dict[str, object]:
    return {name: float(points) for name, points in penalties.items()}


def _penalty(error: Errors, profile: Profile) -> Decimal:
    return profile.penalty(error.dimension, error.type, error.severity) * error.count


def _cents(number: Decimal) -> Decimal:
    return number.quantize(_CENT, ROUND_HALF_UP)


def _interval(errors: Sequence[Errors], ewc: int, profile: Profile) -> tuple[Decimal, Decimal]:
    weights = [(float(profile.penalty(e.dimension, e.type, e.severity)), e.count) for e in errors]
    low, high = penalty_limits(weights, float(profile.multipliers["minor"]))
    worst, best = (raw_score(Decimal(limit), ewc) for limit in (high, low))
    return worst, best


def _breakdown(errors: Sequence[Errors], profile: Profile) -> Breakdown:
    return Breakdown(
        _summed(errors, profile, lambda error: error.dimension),
        _summed(errors, profile, lambda error: f"{error.dimension}/{error.type}"),
        _summed(errors, profile, lambda error: error.severity),
    )


def _summed(errors: Sequence[Errors], profile: Profile, name: Callable[[Errors], str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for error in errors:
        sums[name(error)] = sums.get(name(error), Decimal(0)) + _penalty(error, profile)
    return {name: _cents(points) for name, points in sorted(sums.items())}
