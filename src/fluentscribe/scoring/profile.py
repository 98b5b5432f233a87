"""What a project's errors weigh, and which checks are off or of another severity: `projects.mqm_profile`.

    {"terminology": 1.5,
     "accuracy": {"weight": 1, "types": {"number": 2}},
     "multipliers": {"minor": 1, "major": 5, "critical": 25},
     "calibration": {"penalties": 20, "words": 1000, "maximum": 100, "threshold": 95},
     "checks": {"number": "off", "space": "neutral"}}

Everything may be left out: weights are 1 then, multipliers those of MQM, and there is no calibrated score.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import get_args

from fluentscribe.checks.findings import Dimension, Severity
from fluentscribe.checks.registry import BY_TYPE

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # from the mildest on
WEIGHT_MAX = 100
MULTIPLIER_MAX = 1_000
TYPES_MAX = 200  # of a dimension
TYPE_LENGTH_MAX = 100

_MULTIPLIERS: dict[Severity, Decimal] = dict(zip(SEVERITIES, map(Decimal, (0, 1, 5, 25)), strict=True))


class ProfileError(ValueError):
    """A profile that cannot be used: `where` in it, as in `accuracy.types.number`, and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Calibration:
    """`penalties` points in `words` words are just acceptable: they give `threshold` of `maximum`.

    `threshold` is None where it is the project's pass score.
    """

    penalties: Decimal
    words: int = 1_000
    maximum: Decimal = Decimal(100)
    threshold: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights that differ from 1, by dimension and by type within it."""

    dimensions: Mapping[str, Decimal] = field(default_factory=dict)
    types: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    multipliers: Mapping[Severity, Decimal] = field(default_factory=_MULTIPLIERS.copy)
    calibration: Calibration | None = None
    off: frozenset[str] = frozenset()  # checks
    severities: Mapping[str, Severity] = field(default_factory=dict)  # of checks, where not their own

    def weight(self, dimension: str, type: str) -> Decimal:
        """The type's, else the dimension's."""
        return self.types.get((dimension, type), self.dimensions.get(dimension, Decimal(1)))

    def penalty(self, dimension: str, type: str, severity: Severity) -> Decimal:
        return self.weight(dimension, type) * self.multipliers[severity]


def read_profile(value: Mapping[str, object]) -> Profile:
    """Raises ProfileError."""
    _known(value, {*DIMENSIONS, "multipliers", "calibration", "checks"}, "")
    dimensions: dict[str, Decimal] = {}
    types: dict[tuple[str, str], Decimal] = {}
    for dimension in DIMENSIONS:
        if dimension in value:
            dimensions[dimension], of_types = _dimension(value[dimension], dimension)
            types |= {(dimension, type): weight for type, weight in of_types.items()}
    return Profile(
        dimensions,
        types,
        _multipliers(value.get("multipliers", {})),
        _calibration(value.get("calibration")),
        *_checks(value.get("checks", {})),
    )


def _checks(value: object) -> tuple[frozenset[str], dict[str, Severity]]:
    """Those that are off, and the severities of others."""
    given = _table(value, "checks")
    _known(given, set(BY_TYPE), "checks")
    severities = {
        name: severity for name, said in given.items() if (severity := _severity(said, f"checks.{name}")) is not None
    }
    return frozenset(given.keys() - severities.keys()), severities


def _severity(said: object, where: str) -> Severity | None:
    """None where the check is off."""
    if said == "off":
        return None
    found = next((severity for severity in SEVERITIES if severity == said), None)
    if found is None:
        raise ProfileError(where, f"is not one of off, {', '.join(SEVERITIES)}")
    return found


def _dimension(value: object, where: str) -> tuple[Decimal, dict[str, Decimal]]:
    """A number, or a weight and those of types."""
    if not isinstance(value, dict):
        return _number(value, where, 0, WEIGHT_MAX), {}
    _known(value, {"weight", "types"}, where)
    weight = _number(value.get("weight", 1), f"{where}.weight", 0, WEIGHT_MAX)
    types = _table(value.get("types", {}), f"{where}.types")
    if len(types) > TYPES_MAX:
        raise ProfileError(f"{where}.types", f"more than {TYPES_MAX}")
    return weight, {_type(key, where): _number(types[key], f"{where}.types.{key}", 0, WEIGHT_MAX) for key in types}


def _type(key: str, where: str) -> str:
    if not 1 <= len(key) <= TYPE_LENGTH_MAX:
        raise ProfileError(f"{where}.types", f"a type has 1 to {TYPE_LENGTH_MAX} characters")
    return key


def _multipliers(value: object) -> dict[Severity, Decimal]:
    """Those of MQM where not given. What is worse never counts less."""
    given = _table(value, "multipliers")
    _known(given, set(SEVERITIES), "multipliers")
    found = {
        severity: _number(given.get(severity, _MULTIPLIERS[severity]), f"multipliers.{severity}", 0, MULTIPLIER_MAX)
        for severity in SEVERITIES
    }
    if list(found.values()) != sorted(found.values()):
        raise ProfileError("multipliers", "a worse severity counts less than a milder one")
    return found


def _calibration(value: object) -> Calibration | None:
    if value is None:
        return None
    given = _table(value, "calibration")
    _known(given, {"penalties", "words", "maximum", "threshold"}, "calibration")
    if "penalties" not in given:
        raise ProfileError("calibration.penalties", "is missing: how many are just acceptable")
    maximum = _number(given.get("maximum", 100), "calibration.maximum", 1, 1_000)
    threshold = given.get("threshold")
    return Calibration(
        _number(given["penalties"], "calibration.penalties", 0.01, 1_000_000),
        _words(given.get("words", 1_000)),
        maximum,
        None if threshold is None else _number(threshold, "calibration.threshold", 0, maximum),
    )


def _words(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000_000:
        raise ProfileError("calibration.words", "is no whole number from 1 to 1,000,000")
    return value


def _number(value: object, where: str, low: float | Decimal, high: float | Decimal) -> Decimal:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and low <= value <= high:
        return Decimal(str(value))
    raise ProfileError(where, f"is no number from {low} to {high}")


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ProfileError(where, "is no object")
    return value


def _known(value: Mapping[str, object], names: set[str], where: str) -> None:
    for name in value:
        if name not in names:
            raise ProfileError(f"{where}.{name}".lstrip("."), f"is not known; there are {', '.join(sorted(names))}")
