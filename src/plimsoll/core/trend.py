"""A metric over the history of runs as one value: what `plimsoll runs --trend --json` prints."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from plimsoll.core.comparison import Unit, Verdict

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class TrendPoint:
    run_id: str
    started_at: str
    value: float


@dataclass(frozen=True, slots=True)
class LevelChange:
    """From `run_id` on the level is another: `before` and `after` are medians of the runs up to the next change.

    `effect` is a ratio less 1, of shares a difference; `meanwhile` what else differs between the runs on both sides.
    """

    run_id: str
    before: float
    after: float
    effect: float
    p: float
    verdict: Verdict
    meanwhile: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    run_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`points` are in the order of time. `like` is the newest run, with which those that are shown are comparable."""

    scenario: str
    environment: str
    profile: str
    like: str
    metric: str
    unit: Unit
    higher_is_better: bool
    floor: float
    points: Sequence[TrendPoint]
    changes: Sequence[LevelChange]
    left_out: Sequence[LeftOut]
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
