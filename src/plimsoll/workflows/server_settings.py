"""What a run reads of its target beforehand: settings for the report, and whether there are connections enough."""

from collections.abc import Mapping

from plimsoll.core.errors import RefusedError
from plimsoll.workflows.run_request import RunRequest, connections_needed
from plimsoll.workflows.target import OpenTarget, connected

_CLIENTS = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
_SERVER_SETTINGS = (
    "server_version",
    "max_connections",
    "superuser_reserved_connections",
    "reserved_connections",
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "fsync",
    "synchronous_commit",
    "checkpoint_timeout",
    "max_wal_size",
    "jit",
)


async def look_at(opened: OpenTarget, request: RunRequest) -> Mapping[str, str]:
    """What a report says of the server; refuses a run that could not have the connections it needs."""
    async with connected(opened) as connection, connection.transaction(readonly=True):
        rows = await connection.fetch(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY($1)", list(_SERVER_SETTINGS)
        )
        used = await connection.fetchval(_CLIENTS)
    found = {row["name"]: row["setting"] for row in rows}
    _refuse_too_many(found, int(used), connections_needed(request, opened), pooled=opened.traits.pooled)
    return found | {"pooler": "transaction pooler" if opened.traits.pooled else "none"}


def _refuse_too_many(server: Mapping[str, str], used: int, needed: int, *, pooled: bool) -> None:
    reserved = int(server.get("superuser_reserved_connections", 0)) + int(server.get("reserved_connections", 0))
    free = int(server["max_connections"]) - reserved - used
    if not pooled and needed > free:
        raise RefusedError(
            "too few connections",
            why=f"the run needs {needed}, the server has {free} free of max_connections {server['max_connections']}",
            remedy="fewer users, --connections N for a pool, or a higher max_connections",
        )
