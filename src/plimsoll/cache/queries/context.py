"""What a statement's answer depends on beside its parameters and rows: who asks, where, and by which settings.

Read in one statement with the snapshot, on the connection that answers. Settings that only steer plans, limits and logs
are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.changes.database import DATABASE
from plimsoll.core.snapshot import Snapshot

SETTINGS: Final = (
    "search_path", "row_security", "TimeZone", "DateStyle", "IntervalStyle", "extra_float_digits", "bytea_output",
    "lc_monetary", "lc_numeric", "lc_time", "default_text_search_config", "xmlbinary", "xmloption", "array_nulls",
    "transform_null_equals", "quote_all_identifiers", "timezone_abbreviations",
    "client_encoding",
)  # fmt: skip
_ASKED: Final = ", ".join(f"pg_catalog.current_setting('{name}')" for name in SETTINGS)

# $1: names of further settings, in lower case.
CONTEXT_SQL: Final = f"""
SELECT pg_catalog.pg_current_snapshot()::text AS snapshot,
    pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL AS writing,
    pg_catalog.pg_is_in_recovery() AS standby,
    pg_catalog.pg_my_temp_schema() <> 0 AS temporary,
    pg_catalog.current_setting('transaction_isolation') AS isolation,
    pg_catalog.current_setting('standard_conforming_strings') <> 'on' AS escapes,
    {DATABASE} AS database,
    ARRAY[pg_catalog.current_database(), session_user, current_user, {_ASKED}]::text[] AS base,
    ARRAY(SELECT pg_catalog.current_setting(n, true)
          FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS u (n, i) ORDER BY i) AS asked
"""


@dataclass(frozen=True, slots=True)
class Context:
    """`base`: database, session's role, role, SETTINGS in order, and the database with its server. `settings` are
    further ones that were asked for; None where the server does not know one."""

    base: tuple[str, ...]
    settings: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def role(self) -> str:
        return self.base[2]

    @property
    def planned(self) -> tuple[str, ...]:
        """What decides which relations a text means: database, roles, search_path, row_security."""
        return self.base[:5]

    def knows(self, names: Sequence[str]) -> bool:
        return all(name in self.settings for name in names)

    def key(self, names: Sequence[str]) -> tuple[object, ...]:
        """Of what a statement depends on that asks for these settings."""
        return (*self.base, *((name, self.settings[name]) for name in names))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer to CONTEXT_SQL. `objection`: why nothing may be kept of what this connection answers now, or ""."""

    context: Context
    snapshot: Snapshot
    database: str
    objection: str

    @staticmethod
    def read(row: Mapping[str, Any], names: Sequence[str]) -> "Told":
        context = Context((*row["base"], row["database"]), dict(zip(names, row["asked"], strict=True)))
        return Told(context, Snapshot.parse(row["snapshot"]), row["database"], _objection(row))


def _objection(row: Mapping[str, Any]) -> str:
    if row["standby"]:
        return "the server is a standby"
    if row["writing"]:
        return "the transaction has written"
    if row["escapes"]:
        return "standard_conforming_strings is off"
    if row["temporary"]:
        return "the session has temporary tables"
    if row["isolation"] not in ("read committed", "read uncommitted"):
        return f"the transaction is {str(row['isolation']).upper()}"
    return ""
