"""What a long benchmark has found so far, in a file: begun again, it goes on from there."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from plimsoll.core.json_values import Format
from plimsoll.core.tuning.index import Index
from plimsoll.tune.costing.costing import Configuration

_FORMAT = Format()


@dataclass(frozen=True, slots=True)
class Found:
    """An advisor's choice under a budget: `estimated` is the workload's cost with it in % of that without any,
    `measured` its time; `seconds` is what the search took, `bytes` what the built indexes do."""

    advisor: str
    budget: str
    indexes: tuple[Index, ...]
    seconds: float
    estimated: float | None = None
    measured: float | None = None
    bytes: int | None = None

    @property
    def configuration(self) -> Configuration:
        return frozenset(self.indexes)


@dataclass(frozen=True, slots=True)
class Kept:
    """By server ("15", "18"): choices by advisor and budget, and each statement's milliseconds by its plan."""

    loaded: dict[str, bool] = field(default_factory=dict)
    found: dict[str, dict[str, Found]] = field(default_factory=dict)
    times: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    path: Path
    kept: Kept

    @classmethod
    def at(cls, path: Path) -> "State":
        return cls(path, _FORMAT.read(Kept, json.loads(path.read_text())) if path.exists() else Kept())

    def save(self) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(_FORMAT.written(self.kept)))
        beside.replace(self.path)
