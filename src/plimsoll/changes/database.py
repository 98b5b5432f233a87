"""Which database a connection is of. Transaction ids and snapshots are the whole server's, so that they do not tell."""

from typing import Final

OID: Final = "(SELECT d.oid::text FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"
# The server, too, whose system identifier its standbys share, and keep when they are promoted.
DATABASE: Final = (
    f"(SELECT pg_catalog.concat_ws('/', c.system_identifier, {OID}) FROM pg_catalog.pg_control_system() c)"
)
ANOTHER: Final = "read from another database than the one that is followed"
