"""By what indexes that are not there can be reckoned: real ones on a copy, else hypothetical ones."""

import asyncpg

from plimsoll.postgres.pooler import is_pooled
from plimsoll.tune.building.building import Builds
from plimsoll.tune.costing.built import Built
from plimsoll.tune.costing.costing import Costing
from plimsoll.tune.costing.hypothetical import find_hypothetical

REMEDY = "--prove builds indexes on a copy and measures them; or HypoPG in the database lets its planner reckon them"


async def find_costing(
    connection: asyncpg.Connection, builds: Builds | None, timeout_s: float, *, protected: bool = False
) -> Costing | None:
    """`builds` are those of a copy, `connection` is to it where there is one, else to the database; None where nothing
    tells.

    HypoPG is used only where it is installed, and not in a `protected` database; nor behind a pooler, where the next
    statement may be another session's, which knows nothing of our indexes.
    """
    if builds is not None and builds.clone.superuser:
        return Built(builds, timeout_s)
    if (protected and builds is None) or await is_pooled(connection):
        return None
    return await find_hypothetical(connection, timeout_s)
