"""What a statement of a migration locks, whom that holds up, and how long it may wait for it."""

import re
from typing import Final

LOCK_S: Final = 3  # of what holds others up while it waits
# CONCURRENTLY waits for transactions that began before it, and nobody waits behind it.
LOCK_CONCURRENTLY_S: Final = 1800
_CONCURRENT: Final = re.compile(r"(?:CREATE|DROP) (?:UNIQUE )?INDEX CONCURRENTLY ")
_MOMENT: Final = f"for a moment, and gives up after {LOCK_S} s"
# By the beginning of a statement; the first that fits.
_LOCKS: Final[tuple[tuple[str, str], ...]] = (
    (
        r"CREATE (UNIQUE )?INDEX CONCURRENTLY ",
        "nobody waits but DDL and VACUUM of the table; waits itself for transactions that began before it",
    ),
    (
        r"DROP INDEX CONCURRENTLY ",
        "nobody waits but DDL and VACUUM of the table; waits itself for transactions that use the table",
    ),
    (r"CREATE (UNIQUE )?INDEX ", f"who writes to the table waits, {_MOMENT}"),
    (r"DROP INDEX ", f"everybody waits who uses the table or one of its partitions, {_MOMENT}"),
    (r"ALTER INDEX ", f"who would use the index waits, {_MOMENT}"),
    (r"ALTER TABLE ", f"DDL and VACUUM of the table wait, {_MOMENT}"),
    (r"(CREATE STATISTICS|ANALYZE) ", "DDL and VACUUM of the table wait while it runs"),
    (r"CREATE EXTENSION ", "nobody waits"),
)


def lock_timeout_s(sql: str) -> int:
    """How long a statement may wait for a lock."""
    return LOCK_CONCURRENTLY_S if is_concurrent(sql) else LOCK_S


def is_concurrent(sql: str) -> bool:
    """Whether it holds nobody up, and must stand outside of a transaction."""
    return _CONCURRENT.match(sql) is not None


def blocks(sql: str) -> str:
    """Whom it holds up, in words."""
    return next((words for start, words in _LOCKS if re.match(start, sql)), "unknown")
