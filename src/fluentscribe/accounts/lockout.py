"""When somebody who guesses passwords is locked out: by account, and by address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Lockout:
    """So many failures within `window` are too many. An address serves many people, so it may fail more often."""

    window: timedelta
    account_failures: int
    address_failures: int

    def until(self, account: Sequence[datetime], address: Sequence[datetime]) -> datetime | None:
        """Until when a login is refused, None where it is not. Failures are those within the window, latest first.

        A lock lasts until so many of the failures have left the window that one more may be made.
        """
        locks = [
            failures[allowed - 1] + self.window
            for failures, allowed in ((account, self.account_failures), (address, self.address_failures))
            if len(failures) >= allowed
        ]
        return max(locks, default=None)
