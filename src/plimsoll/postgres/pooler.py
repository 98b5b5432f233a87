"""Whether a connection pooler stands between us and the server."""

from typing import Final

import asyncpg

from plimsoll.postgres.dsn import Target

_HOSTS: Final = (".pooler.supabase.com",)
_SUPABASE_TRANSACTIONS: Final = 6543


def pooler_hint(target: Target) -> bool:
    """Whether the target itself says so: `pgbouncer=true`, Supabase's pooled hosts and port, Neon's pooled hosts."""
    return target.pooler_hint or any(_is_pooled_endpoint(host.lower(), port) for host, port in target.endpoints)


def _is_pooled_endpoint(host: str, port: int) -> bool:
    if host.endswith((".supabase.co", *_HOSTS)):
        return port == _SUPABASE_TRANSACTIONS
    return host.endswith(".neon.tech") and host.partition(".")[0].endswith("-pooler")


async def is_pooled(connection: asyncpg.Connection) -> bool:
    """Whether another process answers than the one the connection was told of. Harmless behind any pooler.

    One transaction, so that its round trips reach one server; an unnamed statement, so that nothing stays behind there.
    """
    await connection.execute("BEGIN READ ONLY")
    try:
        statement = await connection.prepare("SELECT pg_catalog.pg_backend_pid()", name="")
        answering = await statement.fetchval()
    finally:
        await connection.execute("ROLLBACK")
    return bool(answering != connection.get_server_pid())
