"""What a session with the target may do, and the SQL that holds it to that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionTraits:
    """How to speak to a target, found out once and used for every connection.

    `prepared`: whether prepared statements may be kept. `pooled`: a pooler stands between, so that consecutive
    statements may reach different servers unless they share a transaction. `protected`: nothing may be written.
    """

    prepared: bool = True
    pooled: bool = False
    protected: bool = False
    statement_timeout_s: float = 30.0

    @property
    def plain(self) -> bool:
        """Whether a statement may run by itself, without a transaction around it."""
        return not (self.pooled or self.protected)

    @property
    def setup_sql(self) -> str:
        """Sent once on each new connection; empty behind a pooler, where it would leak to others."""
        return "" if self.pooled else f"SET statement_timeout = {self._timeout_ms}"

    @property
    def begin_sql(self) -> str:
        """Opens the transaction that every statement needs, as one simple query; empty if `plain`.

        For a protected target it also takes a snapshot: from then on the server refuses SET TRANSACTION READ WRITE.
        """
        if self.plain:
            return ""
        begin = "BEGIN READ ONLY" if self.protected else "BEGIN"
        snapshot = "; SELECT 1" if self.protected else ""
        return f"{begin}; SET LOCAL statement_timeout = {self._timeout_ms}{snapshot}"

    @property
    def _timeout_ms(self) -> int:
        """At least 1: PostgreSQL takes 0 for no limit. At most what its setting can hold."""
        return max(1, min(round(self.statement_timeout_s * 1000), 2**31 - 1))
