"""A server of ours that somebody else started: how to come to it."""

from pathlib import Path

from plimsoll.embedded.cluster import PASSWORD_NAME, port_of
from plimsoll.embedded.places import read_private
from plimsoll.embedded.server import local_dsn


def running_dsn(data_dir: Path, database: str = "postgres") -> str | None:
    """The address of the server on this data, as the superuser; None while none runs, or where it is not ours."""
    port = port_of(data_dir)
    try:
        password = read_private(data_dir / PASSWORD_NAME).strip()
    except OSError:
        return None
    return None if port is None else local_dsn(port, password, database)
