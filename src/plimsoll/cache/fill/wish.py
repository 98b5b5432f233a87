"""What is asked for with a key: for how long, by which tags, and what may be given where nothing better is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.cache.store.marks import checked_tags
from plimsoll.core.errors import UsageError

WAIT_S: Final = 5.0  # for another's fill
KEPT_FOR_ERRORS_S: Final = 3_600.0  # after its end, where it may be given instead of an error
FOREVER_S: Final = 10 * 365 * 86_400.0  # finite, so that something can be kept for longer than that
KEY_CHARACTERS_MAX: Final = 4_000


@dataclass(frozen=True, slots=True)
class Wish:
    """One key's. Times in seconds.

    `stale_s`: for how long after its end a value may be given while it is filled again. `negative_ttl_s`: that of None,
    if another; 0: None is not kept. `wait_s`: for another's fill, until one of those who wait fills beside it. `pure`:
    the fill may be run again for the audit. `shared`: whether the second tier may answer and keep it.
    """

    key: str
    ttl_s: float = FOREVER_S
    tags: tuple[str, ...] = ()
    stale_s: float = 0.0
    stale_if_error: bool = False
    negative_ttl_s: float | None = None
    wait_s: float = WAIT_S
    tenant: str = ""
    pure: bool = False
    shared: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.tenant, str):
            raise UsageError(
                "not a tenant of a cache", why=f"{self.tenant!r:.60} is no text", remedy="name it by a text"
            )
        negative_ttl_s = 0.0 if self.negative_ttl_s is None else self.negative_ttl_s
        times = (
            ("ttl", self.ttl_s),
            ("stale_s", self.stale_s),
            ("wait_s", self.wait_s),
            ("negative_ttl", negative_ttl_s),
        )
        for name, time_s in times:
            try:
                fine = time_s > 0 or (time_s == 0 and name != "ttl")
            except TypeError:
                fine = False
            if not fine:
                raise UsageError(
                    "not a time of a cache", why=f"{name} is {time_s!r:.60}", remedy=f"set {name} in seconds"
                )

    def ttl_of(self, value: Any) -> float:
        """For how long this value is kept; 0: not at all."""
        return self.ttl_s if value is not None or self.negative_ttl_s is None else self.negative_ttl_s

    @property
    def kept_s(self) -> float:
        """For how long after its end a value is of use."""
        return max(self.stale_s, KEPT_FOR_ERRORS_S if self.stale_if_error else 0.0)


def checked_key(key: object) -> str:
    """The key itself. Raises UsageError for what is no text, is too long, or begins as a namespace's does."""
    if isinstance(key, str) and len(key) <= KEY_CHARACTERS_MAX and not key.startswith("\0"):
        return key
    why = f"{key!r:.60} is no text" if not isinstance(key, str) else f"{key!r:.60} is too long, or begins with a NUL"
    remedy = f"make it a text of at most {KEY_CHARACTERS_MAX} characters, as f'order:{{id}}'"
    raise UsageError("not a key of a cache", why=why, remedy=remedy)


def checked_several(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags. Raises UsageError as `checked_tags`."""
    return tuple(checked_tags(tags)) if tags else ()
