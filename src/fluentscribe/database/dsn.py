"""DSNs: one database, several roles."""

from urllib.parse import quote, urlsplit, urlunsplit


def as_role(dsn: str, role: str, password: str) -> str:
    """The same database for another role."""
    parts = urlsplit(dsn)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{address}"))
