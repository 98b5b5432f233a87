"""Judges what a request shows, and no more wrong tokens of an address than it may get wrong."""

import hashlib
from collections import OrderedDict
from typing import Final

from plimsoll.server import problems
from plimsoll.server.limits import Buckets
from plimsoll.server.security import Access, Role

FAILURES_PER_S: Final = 2.0  # wrong tokens of one address
FAILURES_BURST: Final = 10.0
REMEMBERED_MAX: Final = 1_000  # beyond it the address that showed a right token first is forgotten


class Doorkeeper:
    """One for all doors. What was right before, from the same address, opens whatever others there guess."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._failures = Buckets(FAILURES_PER_S, FAILURES_BURST)
        self._right: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def role(self, token: str, client: str, now_s: float) -> Role:
        """Of who shows this token. Raises Problem, without looking at it, where there were too many wrong ones."""
        shown = (client, hashlib.sha256(token.encode()).digest())
        wait_s = 0.0 if shown in self._right else self._failures.wait_s(client, now_s)
        if wait_s:
            raise problems.too_many(f"too many wrong tokens from {client}", wait_s)
        role = self.access.role(token)
        if role == "none":
            self._failures.take(client, now_s)
        else:
            self._remember(shown)
        return role

    def _remember(self, shown: tuple[str, bytes]) -> None:
        self._right[shown] = None
        if len(self._right) > REMEMBERED_MAX:
            self._right.popitem(last=False)
