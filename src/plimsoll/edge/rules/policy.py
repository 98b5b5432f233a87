"""What may be set about the rules; what is not set is as the standard says, and as little as it allows."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import at_least
from plimsoll.edge.http.message import is_token

UNDERSTOOD: Final = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 410})
# What may be stored beside those where it says itself for how long: of errors those that are the server's own, and of
# them as little as `error_max_s` and `judging` allow; 4xx are made by clients.
EXPLICIT: Final = (frozenset(range(200, 400)) - {206, 304}) | frozenset(range(500, 600))
EVERY: Final = frozenset(range(200, 600))  # for who is sure that no client can make the origin fail for others
HEURISTIC: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})  # RFC 9110, 15.1, but 206
LIFETIME_MAX_S: Final = 366 * 86_400.0

_SECONDS: Final = (
    "heuristic_max_s",
    "stale_if_error_s",
    "stale_while_revalidate_s",
    "stale_if_unreachable_s",
    "error_max_s",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of the rules.

    `name` stands for us in Cache-Status, a token of RFC 9110. `targets` are the fields that are heard before
    Cache-Control (RFC 9213), first one first. `statuses` may be stored when they say for how long; a 400 may be made by
    one client's own field, so that only who is sure of the origin names more, or `EVERY`. Other 2xx and 3xx may, too,
    and a 5xx for `error_max_s` seconds at most (0: never) where no field of the client's looks as if it had made it.
    `heuristic_share`: of the time since Last-Modified that a response without any lifetime counts as fresh, up to
    `heuristic_max_s` seconds (RFC 9111, 4.2.2); 0 for never. `stale_if_error_s` and `stale_while_revalidate_s` are for
    responses that do not say it, in seconds; for `stale_if_unreachable_s` what was fresh once is told where the origin
    gives no answer (RFC 9111, 4.2.4). `stale_beside_s_maxage`: whether stale-while-revalidate and stale-if-error count
    beside s-maxage, which forbids what is stale (RFC 9111, 5.2.2.10), and which many write beside them all the same.
    `hears_requests`: whether a client's no-cache, max-age, min-fresh and max-stale count. `shows_tags`: whether clients
    see them.

    Raises UsageError for what cannot be.
    """

    name: bytes = b"Plimsoll"
    targets: tuple[bytes, ...] = (b"cdn-cache-control",)
    statuses: Collection[int] = UNDERSTOOD
    heuristic_share: float = 0.0
    heuristic_max_s: float = 86_400.0
    stale_if_error_s: float = 0.0
    stale_while_revalidate_s: float = 0.0
    stale_if_unreachable_s: float = 60.0
    error_max_s: float = 10.0
    stale_beside_s_maxage: bool = False
    hears_requests: bool = True
    shows_tags: bool = False

    def __post_init__(self) -> None:
        name: object = self.name
        if not (isinstance(name, bytes) and is_token(name)):
            raise UsageError("not a name for Cache-Status", why=f"{self.name!r:.60} is no token", remedy='b"Plimsoll"')
        for target in self.targets:
            if not is_token(target) or target != target.lower():
                why = f"{target!r:.60} is no field's name in small letters"
                raise UsageError("not a targeted field", why=why, remedy='(b"cdn-cache-control",)')
        if beyond := EVERY.union(self.statuses) - EVERY:
            why = f"{min(beyond)} is not from 200 to 599"
            raise UsageError("not statuses that may be stored", why=why, remedy="{200, 404}")
        if not (at_least(self.heuristic_share, 0) and self.heuristic_share <= 1):
            raise UsageError(
                "not a share of an age", why=f"{self.heuristic_share!r:.60} is not from 0 to 1", remedy="0.1"
            )
        for setting in _SECONDS:
            if not at_least(getattr(self, setting), 0):
                why = f"{getattr(self, setting)!r:.60} is no number of seconds"
                raise UsageError(f"wrong {setting}", why=why, remedy=f"{setting}=60")


def more_statuses(texts: Iterable[str]) -> frozenset[int]:
    """`UNDERSTOOD` and what is named: "503", or "500-504". Raises UsageError."""
    statuses = set(UNDERSTOOD)
    for text in texts:
        first, dash, last = text.strip().partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) == 3 for part in (first, last if dash else first)):
            raise UsageError("not a status code", why=f"{text!r:.60} is none, and no range", remedy="503, or 500-504")
        named = range(int(first), int(last if dash else first) + 1)
        if not named or not EVERY.issuperset(named):
            raise UsageError(
                "not a status code", why=f"{text} is not from 200 to 599, upward", remedy="503, or 500-504"
            )
        statuses.update(named)
    return frozenset(statuses)


DEFAULT: Final = Policy()
