"""What a worker process is told: everything it needs to do its share, as one picklable value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plimsoll.core.profile import Profile
from plimsoll.load.http.site import SitePlan
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.session import SessionTraits


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One run, before it is shared out.

    `target` is None without a database, `site` without a URL.
    `connections` is the size of each process's pool, or None for a connection for each user. `samples_bytes_max` is for
    the whole run; 0 stores no samples. `rate_max_per_s` holds a closed loop down where the target asks for that.
    `step_timeout_s` bounds a statement on our side, should the server not do it.
    """

    scenario: Path
    profile: Profile
    seed: int
    processes: int
    target: Target | None
    traits: SessionTraits
    connections: int | None
    users_max: int
    samples_directory: Path
    samples_bytes_max: int
    rate_max_per_s: float | None = None
    connect_timeout_s: float = 10.0
    site: SitePlan | None = None
    step_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """A process's part of the plan: its number, what @setup returned, and the values of feeds that had to be read."""

    plan: LoadPlan
    process: int
    shared: Any
    feed_values: Mapping[int, list[Any]]
