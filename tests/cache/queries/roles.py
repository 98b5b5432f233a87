"""Roles of a test's own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from plimsoll.embedded import PostgresServer


@contextmanager
def readers_role(server: PostgresServer) -> Iterator[str]:
    """One that policies hold for."""
    role = f"reader_{secrets.token_hex(4)}"
    server.sql(f"CREATE ROLE {role}")
    try:
        yield role
    finally:
        server.sql(f"DROP ROLE {role}")
