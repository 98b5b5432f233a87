"""A comparison of two groups of runs as one value: what `plimsoll compare --json` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

SCHEMA_VERSION = 1
Verdict = Literal["better", "worse", "no difference shown", "cannot tell"]
Unit = Literal["ms", "/s", "share"]
Method = Literal["permutation", "t", "blocks", "none"]


@dataclass(frozen=True, slots=True)
class Effect:
    """How far B is from A, with its 95 % interval: as a ratio less 1, of shares in parts of 1 (0.01 is a point).

    `p` is two-sided, `p_corrected` Holm's among those that were not asked for first. `smallest` is the least effect
    that would have been found in 80 % of such comparisons. None where there is none.
    """

    estimate: float
    low: float | None
    high: float | None
    p: float | None
    smallest: float | None
    method: Method
    p_corrected: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of both groups, a value a run; `a_typical` and `b_typical` are their means,
    of times and rates the geometric ones.

    `higher_is_better` says which way is good. `effect` is None where it cannot be known.
    """

    name: str
    unit: Unit
    higher_is_better: bool
    a: Sequence[float | None]
    b: Sequence[float | None]
    a_typical: float | None
    b_typical: float | None
    effect: Effect | None
    verdict: Verdict
    because: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        effect = data["effect"]
        values = {name: tuple(data[name]) for name in ("a", "b")}
        return cls(**{**data, **values, "effect": None if effect is None else Effect(**effect)})


@dataclass(frozen=True, slots=True)
class Side:
    """A group of runs. `said` is how it was asked for, `left_out` are runs of it that were not counted, and why."""

    said: str
    runs: Sequence[str]
    left_out: Sequence[str] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["said"], tuple(data["runs"]), tuple(data["left_out"]))


@dataclass(frozen=True, slots=True)
class Watched:
    """A figure of what was watched beside the runs, medians of both groups. Shown, never tested."""

    name: str
    unit: str
    a: float | None
    b: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`primary` is the one metric the verdict is about; None where the runs are not comparable.

    `not_comparable` are the reasons of a refusal, `aspects` which of them may have been meant, `warnings` what a reader
    should know, among them reasons that were overruled. `floor` is the least effect that counts.
    """

    a: Side
    b: Side
    scenario: str
    verdict: Verdict
    because: str
    floor: float
    primary: Compared | None = None
    others: Sequence[Compared] = ()
    not_comparable: Sequence[str] = ()
    warnings: Sequence[str] = ()
    watched: Sequence[Watched] = ()
    aspects: Sequence[str] = ()
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError or TypeError on anything else."""
        plain = {field.name: data[field.name] for field in fields(cls) if field.name != "aspects"}
        plain["aspects"] = data.get("aspects", ())  # comparisons of before have none
        plain |= {name: Side.from_json(data[name]) for name in ("a", "b")}
        primary = data["primary"]
        plain["primary"] = None if primary is None else Compared.from_json(primary)
        plain["others"] = tuple(Compared.from_json(item) for item in data["others"])
        plain["watched"] = tuple(Watched(**item) for item in data["watched"])
        plain |= {name: tuple(plain[name]) for name in ("not_comparable", "aspects", "warnings")}
        return cls(**plain)
