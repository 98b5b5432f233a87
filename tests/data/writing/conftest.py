"""A role that is no superuser."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.data.made_fills import run_sql


def as_role(dsn: str, role: str) -> str:
    parts = urlsplit(dsn)
    _, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{role}:made-up@{place}"))


@pytest.fixture
def plain_role(database: str) -> Iterator[str]:
    """The DSN of a role that owns nothing yet and may make tables."""
    role = "filler_" + urlsplit(database).path.strip("/").replace("-", "_")
    run_sql(database, f"CREATE ROLE {role} LOGIN PASSWORD 'made-up'; GRANT ALL ON SCHEMA public TO {role}")
    yield as_role(database, role)
    run_sql(database, f"DROP OWNED BY {role}; DROP ROLE {role}")
