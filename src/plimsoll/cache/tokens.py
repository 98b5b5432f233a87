"""Tokens: what a writer's commit gives, so that who carries it reads what was written. Pure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import XID_BITS, Snapshot

AWAITED_MAX: Final = 1_000  # transactions that are waited for one by one; of those beyond, only the highest is kept
EPOCH_DIGITS: Final = 12
EPOCH_S: Final = 0.05  # a server that crashed takes longer until it is back, is polled, and has committed
AHEAD_PER_S: Final = 2**21  # ids that a server may give in a second: several times what any is known to
AHEAD_MAX: Final = 2**24  # beyond a snapshot's xmax, when it was taken: given to what runs, its savepoints too
_DIGITS: Final = re.compile("[0-9]{1,20}", re.ASCII)
_TEXT: Final = re.compile(rf"([0-9]{{1,20}})(?:\.([0-9a-f]{{{EPOCH_DIGITS}}}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A transaction that has committed: its id, and `epoch`, the short name of the server's epoch, "" if not known.

    `str()` is a short text for a cookie or a header: digits, a dot and hexadecimal digits. Raises UsageError for what
    is none: all who follow changes look at a token that is carried.
    """

    xid: int
    epoch: str = ""

    def __post_init__(self) -> None:
        if type(self.xid) is not int or not 0 < self.xid < 2**XID_BITS or not isinstance(self.epoch, str):
            raise _no_token(f"{self.xid!r:.40} with {self.epoch!r:.40} is no transaction's id with a server's epoch")

    @staticmethod
    def parse(text: object) -> "Token":
        """From its text, which may come from anybody. Raises UsageError."""
        found = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if found is not None and 0 < int(found[1]) < 2**XID_BITS:
            return Token(int(found[1]), found[2] or "")
        raise _no_token(
            f"{text!r:.40} is not a transaction's id, or that with a dot and {EPOCH_DIGITS} hexadecimal digits"
        )

    def __str__(self) -> str:
        return f"{self.xid}.{self.epoch}" if self.epoch else str(self.xid)

    def is_seen(self, seen: Snapshot | None, epoch: str) -> bool:
        """Whether what is known, up to that snapshot of that epoch, covers it. One of another epoch it does not."""
        return seen is not None and (not self.epoch or self.epoch == epoch) and seen.sees(self.xid)

    def is_made_up(self, seen: Snapshot, epoch: str, age_s: float) -> bool:
        """Whether no commit that is to be seen here can have given it, by a poll that was sent so long ago.

        Another epoch is over or of another database: no server begins a new one, and commits in it, in EPOCH_S.
        """
        if self.epoch not in ("", epoch):
            return age_s < EPOCH_S
        return self.xid >= seen.xmax + AHEAD_MAX + AHEAD_PER_S * age_s


def _no_token(why: str) -> UsageError:
    return UsageError("not a token", why=why, remedy="pass one that a writer got, or its text; without one, None")


def brought(token: object) -> Token | None:
    """What a reader came with. None where he wrote nothing, and for a text that is no token's: it is out of a cookie,
    and who spoils his own has no more claim than who has none. Raises UsageError for what is neither."""
    if token is None or isinstance(token, Token):
        return token
    if not isinstance(token, str):
        raise _no_token(f"it is of type {type(token).__name__}")
    try:
        return Token.parse(token)
    except UsageError:
        return None


def checked_xid(xid: object) -> int:
    """Of a transaction, as a number: drivers give it as one or as digits. Raises UsageError for what is no id."""
    if isinstance(xid, str) and _DIGITS.fullmatch(xid):
        xid = int(xid)
    if type(xid) is int and 0 < xid < 2**XID_BITS:
        return xid
    why = f"{xid!r:.60} is no whole number from 1 to 2^{XID_BITS} - 1, nor the digits of one"
    raise UsageError("not a transaction's id", why=why, remedy="pass what pg_current_xact_id() gave")


def short_epoch(epoch: str) -> str:
    """The name of an epoch in a token: 48 bits of its SHA-256. Epochs are few, and a wrong match only one in 2^48."""
    from hashlib import sha256

    return sha256(epoch.encode()).hexdigest()[:EPOCH_DIGITS]


class Awaited:
    """Tokens that are not seen yet: by how many they are carried now. At most AWAITED_MAX one by one.

    One that nobody carries any more stays until it is seen, since a task may carry it further. What had committed when
    it was brought is seen by each poll that is sent later: a transaction that had not even begun by then was made up,
    and goes with who carries it, as one of another epoch does. Nobody's cookies slow others down for long.
    """

    def __init__(self) -> None:
        self._carried: dict[Token, tuple[int, float]] = {}  # by how many, and when it was brought last
        self._more = 0  # carried now, beyond AWAITED_MAX
        self._beyond = 0  # the highest transaction of those
        self._beyond_s = 0.0

    def __bool__(self) -> bool:
        return bool(self._carried or self._more or self._beyond)

    def add(self, token: Token, now_s: float) -> bool:
        """Somebody carries it; whether it is one of those kept one by one, to be told to `leave`."""
        single = token in self._carried or len(self._carried) < AWAITED_MAX
        if single:
            self._carried[token] = self._carriers(token) + 1, now_s
        else:
            self._more += 1
            self._beyond, self._beyond_s = max(self._beyond, token.xid), now_s
        return single

    def leave(self, token: Token, single: bool) -> None:
        """Who carried it does not any more."""
        if not single:
            self._more = max(0, self._more - 1)  # after a fork there are none
        elif token in self._carried:
            self._carried[token] = self._carriers(token) - 1, self._carried[token][1]

    def reached(self, seen: Snapshot, epoch: str, sent_s: float = 0.0) -> None:
        """Forgets what a poll that was sent at that time sees, and what none ever will, where nobody carries it."""
        for token, (carriers, brought_s) in list(self._carried.items()):
            made_up = token.epoch not in ("", epoch) or (token.xid >= seen.xmax and brought_s < sent_s)
            if token.is_seen(seen, epoch) or (not carriers and made_up):
                del self._carried[token]
        if self._beyond < seen.xmin or (not self._more and self._beyond >= seen.xmax and self._beyond_s < sent_s):
            self._beyond = 0

    def _carriers(self, token: Token) -> int:
        return self._carried.get(token, (0, 0.0))[0]


_CARRIED: Final[ContextVar[Token | None]] = ContextVar("plimsoll_cache_token", default=None)


def carried() -> Token | None:
    """The token that this task or thread carries."""
    return _CARRIED.get()


@contextmanager
def carrying(token: Token | None) -> Iterator[None]:
    """Within it, and in tasks that are begun in it, the token is carried."""
    before = _CARRIED.set(token)
    try:
        yield
    finally:
        _CARRIED.reset(before)
