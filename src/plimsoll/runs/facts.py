"""What is known of a run before it starts: the contents of `run.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from plimsoll.core.errors import RunDirectoryError

SCHEMA_VERSION = 1  # of everything in a run directory; raised when a reader of the old form would misread the new
FIND = "find-"  # begins the id of a search for the load line, and so the series_id of its steps


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Who, what and where of a run. Nothing here may hold a secret: targets are masked.

    `profile` is the profile's description (executor, stages, arrivals...), `goals` are (scope, expression) pairs,
    `machines` describes those of a cluster that made the load, `machine` the one that coordinated it or made it alone.
    `versions` maps "plimsoll", "python", "postgresql"... to versions, `server` holds what was read of the target.
    `load_began_at` is the moment from which all times of the load count; empty until then.
    `scenario_digest` tells one content of the scenario's file from another.
    `series` tells of the series that the run is one of (series_id, axes, cell, repeat, repeats, reset), if it is.
    """

    run_id: str
    scenario: str
    environment: str
    target: str
    profile_name: str
    profile: Mapping[str, Any]
    open_loop: bool
    seed: int
    processes: int
    connections: str
    warmup_s: float
    started_at: str
    goals: tuple[tuple[str, str], ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    server: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    machines: tuple[Mapping[str, str], ...] = ()
    series: Mapping[str, Any] = field(default_factory=dict)
    load_began_at: str = ""
    scenario_digest: str = ""
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_step_of_find(self) -> bool:
        """Whether it is a rate that `plimsoll find` tried: no run that one comes back to or compares with."""
        return bool(self.search)

    @property
    def search(self) -> str:
        """The id of the search for the load line that it is a step of; "" where it is none."""
        series = str(self.series.get("series_id", ""))
        return series if series.startswith(FIND) else ""

    @classmethod
    def from_json(cls, data: Any, *, where: str) -> "RunFacts":
        """Raises RunDirectoryError when `data` is of another version or not what `to_json` made."""
        version = data.get("schema_version") if isinstance(data, dict) else None
        if version != SCHEMA_VERSION:
            raise RunDirectoryError(
                "cannot read this run",
                where=where,
                why=f"it has schema version {version}, this Plimsoll reads {SCHEMA_VERSION}",
                remedy="read it with the version that made it (see versions.plimsoll in run.json), or repeat the run",
            )
        try:
            return cls(**{**data, **_tuples(data)})
        except (KeyError, TypeError, ValueError) as error:
            raise RunDirectoryError("cannot read this run", where=where, why=f"run.json is damaged: {error}") from error


def _tuples(data: Any) -> dict[str, Any]:
    """What JSON has made lists of."""
    goals = tuple((scope, text) for scope, text in data["goals"])
    return {"goals": goals, "machines": tuple(data.get("machines", ()))}
