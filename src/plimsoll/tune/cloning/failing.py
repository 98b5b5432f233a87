"""What is said of a copy that fails, or that is not all that the database is. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.core.units import format_bytes

FAILURES_SHOWN: Final = 5
LINES_SHOWN: Final = 4
PACKED_SHARE: Final = 0.8  # of the source's bytes, below which tables there are said to be loose
TOLD_BYTES_MIN: Final = 16 * 2**20

READS_ALL: Final = "connect as a superuser, or as a role with pg_read_all_data and BYPASSRLS"

_REMEDIES: Final = {
    "permission denied": READS_ALL,
    "row-level security": READS_ALL,
    "row security": READS_ALL,
    "lock timeout": "somebody alters a table: try again when that is done",
    "could not obtain lock": "somebody alters a table: try again when that is done",
    "statement timeout": "somebody alters a table, which pg_dump does not wait for: try again when that is done",
    "conflict with recovery": "ask the primary, or set hot_standby_feedback on the standby",
}


def remedy_for(said: str) -> str:
    """For what pg_dump said."""
    return next((remedy for words, remedy in _REMEDIES.items() if words in said), "see what it said; try again")


def refuse_unread(role: str, unread: Sequence[str], held_back: Sequence[str], where: str) -> None:
    """Raises RefusedError for a role that a dump would fail for, with all that it would fail at. That it owns a table
    is of no help where row security is forced."""
    found = {"may not read": unread, "is held back by row security from rows of": held_back}
    if unread or held_back:
        raise RefusedError(
            "the role may not read all that is to be copied",
            where=where,
            why=f"{role} " + "; ".join(f"{words} {_few(names)}" for words, names in found.items() if names),
            remedy=f"{READS_ALL}; with --role {role} statements are planned and measured as that role all the same",
        )


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - FAILURES_SHOWN:,} more" if len(names) > FAILURES_SHOWN else ""
    return f"{', '.join(names[:FAILURES_SHOWN])}{more}"


def without(failed: Sequence[str]) -> list[str]:
    """A note on what could not be created and can be done without."""
    if not failed:
        return []
    more = f", and {len(failed) - FAILURES_SHOWN:,} more" if len(failed) > FAILURES_SHOWN else ""
    return [f"the copy is without: {'; '.join(failed[:FAILURES_SHOWN])}{more}"]


def layout_notes(source: int, copy: int) -> list[str]:
    """On tables that take clearly less on the copy, where they are packed anew, than at the source."""
    if source < TOLD_BYTES_MIN or copy >= source * PACKED_SHARE:
        return []
    both = f"tables take {format_bytes(copy)} on the copy and {format_bytes(source)} at the source"
    return [f"{both}: what their bloat costs there the copy does not show"]


def told(said: str) -> str:
    """Of what a program said, the error and a little of what explains it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    at = next(
        (number for number, line in enumerate(lines) if "error:" in line.lower()), max(0, len(lines) - LINES_SHOWN)
    )
    return " | ".join(lines[at : at + LINES_SHOWN]) or "it said nothing"
