"""A copy of the database under advice, as building and proving see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.advice import Copy
from plimsoll.postgres.dsn import Target


@dataclass(frozen=True, slots=True)
class Clone:
    """`target` connects to it, as a role that may build there. `superuser`: the catalog may be written there, so
    indexes can be hidden from the planner. Settings that the source's sessions plan by are given to the copy already
    (ALTER DATABASE). `role` is who the workload's statements are sent as, "" for the connection's own; `session` are
    settings that they rely on ("app.tenant_id"): row security and rights then are those of the application."""

    target: Target
    copy: Copy
    superuser: bool
    role: str = ""
    search_path: str = ""
    version: int = 0
    notes: Sequence[str] = ()
    session: Mapping[str, str] = field(default_factory=dict)

    async def act(self, connection: asyncpg.Connection) -> None:
        """Makes the open transaction the application's, until its end."""
        settings = {**({"search_path": self.search_path} if self.search_path else {}), **self.session}
        for name, value in settings.items():
            await connection.fetchval("SELECT pg_catalog.set_config($1, $2, true)", name, value)
        if self.role:
            await connection.execute(f"SET LOCAL ROLE {quote_identifier(self.role)}")
