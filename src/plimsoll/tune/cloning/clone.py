"""A copy of the database under advice, as building and proving see it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from plimsoll.core.tuning.advice import Copy
from plimsoll.postgres.dsn import Target


@dataclass(frozen=True, slots=True)
class Clone:
    """`target` connects to it, as a role that may build there. `role` is who the workload's statements are sent as,
    by SET LOCAL ROLE (so that row security and rights are those of the application); "" for the connection's own.
    `superuser`: the catalog may be written there, so indexes can be hidden from the planner. `settings` are those
    that the source's sessions plan by, already given to the copy (ALTER DATABASE)."""

    target: Target
    copy: Copy
    superuser: bool
    role: str = ""
    search_path: str = ""
    version: int = 0
    notes: Sequence[str] = field(default=())
