"""What `plimsoll demo` shows: the platform's database, filled and under its steady load."""

import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from fluentscribe.database.migrating import APP, make_roles, migrate
from plimsoll import Demo

HERE = Path(__file__).parent


def demo() -> Demo:
    """The steady profile's users, connected as the application is."""
    return Demo(
        scenario=HERE / "scenarios" / "database.py",
        prepare=prepare,
        seed_plan=HERE / "seeds" / "small.toml",
        users=20,
        goals=("p95<1s", "errors<1%"),
    )


async def prepare(dsn: str) -> str:
    """Makes tables and roles; returns the DSN of the application role, with a password made up for this server."""
    password = secrets.token_urlsafe(24)
    await migrate(dsn)
    await make_roles(dsn, password)
    parts = urlsplit(dsn)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP}:{quote(password, safe='')}@{address}"))
