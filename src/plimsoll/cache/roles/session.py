"""A login that lasts: whose it is, and until when."""

from dataclasses import dataclass
from datetime import datetime

from plimsoll.cache.roles.resource import Id, checked_id
from plimsoll.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Session:
    """`ends_at` has a time zone; None: it ends by logging out only. Raises UsageError for what is no user."""

    user: Id
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "user", checked_id(self.user, "user"))
        ends_at: object = self.ends_at
        if ends_at is not None and (not isinstance(ends_at, datetime) or ends_at.utcoffset() is None):
            why = f"{str(ends_at)!r:.60} is no datetime, or one of no time zone"
            raise UsageError("when does the session end?", why=why, remedy="give it one, as in datetime.now(UTC)")

    def lasts(self, now: datetime) -> bool:
        """Whether it has not ended by time."""
        return self.ends_at is None or now < self.ends_at
