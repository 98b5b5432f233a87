"""What may be set about the rules; what is not set is as the standard says, and as little as it allows."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

UNDERSTOOD: Final = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 410})
EVERY: Final = frozenset(range(200, 600))  # for who is sure that no client can make the origin fail for others
HEURISTIC: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})  # RFC 9110, 15.1, but 206
LIFETIME_MAX_S: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of the rules.

    `name` stands for us in Cache-Status, a token of RFC 9110. `targets` are the fields that are heard before
    Cache-Control (RFC 9213), first one first. `statuses` may be stored when they say for how long; a 400 may be made by
    one client's own field, so that only who is sure of the origin names more, or `EVERY`. `heuristic_share`: of the
    time since Last-Modified that a response without any lifetime counts as fresh, up to `heuristic_max_s` seconds (RFC
    9111, 4.2.2); 0 for never. `stale_if_error_s` and `stale_while_revalidate_s` are for responses that do not say
    it, in seconds. `stale_beside_s_maxage`: whether stale-while-revalidate and stale-if-error count beside s-maxage,
    which forbids what is stale (RFC 9111, 5.2.2.10), and which many write beside them all the same. `hears_requests`:
    whether a client's no-cache, max-age, min-fresh and max-stale count. `shows_tags`: whether clients see them.
    """

    name: bytes = b"Plimsoll"
    targets: tuple[bytes, ...] = (b"cdn-cache-control",)
    statuses: Set[int] = UNDERSTOOD
    heuristic_share: float = 0.0
    heuristic_max_s: float = 86_400.0
    stale_if_error_s: float = 0.0
    stale_while_revalidate_s: float = 0.0
    stale_beside_s_maxage: bool = False
    hears_requests: bool = True
    shows_tags: bool = False


DEFAULT: Final = Policy()
