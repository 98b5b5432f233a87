"""Cookies of one user at one origin (RFC 6265, as far as one origin needs it)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from plimsoll.core.errors import UsageError

COOKIES_MAX: Final = 50  # of one user; beyond it the oldest is forgotten
COOKIE_BYTES_MAX: Final = 8_192  # name and value; a larger one is not kept
_NOT_IN_COOKIES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f;]|[^\x00-\xff]")  # what no header can hold, and the separator


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: str
    path: str
    expires: float | None  # seconds since 1970

    def is_over(self, now: float) -> bool:
        return self.expires is not None and self.expires <= now


class Cookies:
    """`changed` is called whenever what is sent may be another. `now` gives seconds since 1970."""

    __slots__ = ("_changed", "_host", "_kept", "_now", "_secure", "next_expiry")

    def __init__(self, host: str, *, secure: bool, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self._kept: dict[tuple[str, str], _Cookie] = {}  # by name and path
        self._host = host
        self._secure = secure
        self._now = now
        self._changed = changed
        self.next_expiry = float("inf")

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> str | None:
        """The value of a cookie, or None."""
        now = self._now()
        found = [one.value for (known, _), one in self._kept.items() if known == name and not one.is_over(now)]
        return found[-1] if found else None

    def set(self, name: str, value: str) -> None:
        """Keeps a cookie for every path. Raises UsageError for what no cookie can hold."""
        if not name or _NOT_IN_COOKIES.search(name + value) or "=" in name:
            raise UsageError(
                "wrong cookie", why="a name without '='; Latin-1 without control characters and ';' in both"
            )
        self._put(name, _Cookie(value, "/", None))

    def clear(self) -> None:
        self._kept.clear()
        self.next_expiry = float("inf")
        self._changed()

    def receive(self, lines: list[str], target: str) -> None:
        """Takes Set-Cookie headers of the response to a request for `target`."""
        for line in lines:
            self._receive(line, target.partition("?")[0])

    def _receive(self, line: str, path: str) -> None:
        pair, *attributes = line.split(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or len(name) + len(value) > COOKIE_BYTES_MAX or _NOT_IN_COOKIES.search(pair):
            return
        said = {key.strip().lower(): inner.strip() for key, _, inner in (one.partition("=") for one in attributes)}
        if not self._is_ours(said.get("domain", "")) or ("secure" in said and not self._secure):
            return
        where = said.get("path", "")
        where = where if where.startswith("/") else path.rpartition("/")[0] or "/"
        self._put(name, _Cookie(value, where, _expiry(said, self._now())))

    def _is_ours(self, domain: str) -> bool:
        domain = domain.lower().removeprefix(".")
        return not domain or self._host == domain or (self._host.endswith(f".{domain}") and not _is_address(self._host))

    def _put(self, name: str, cookie: _Cookie) -> None:
        key = (name, cookie.path)
        before = self._kept.pop(key, None)
        if not cookie.is_over(self._now()):
            self._kept[key] = cookie
            if len(self._kept) > COOKIES_MAX:
                self._kept.pop(next(iter(self._kept)))
        self._look_ahead()
        if before != cookie:
            self._changed()

    def forget_expired(self) -> None:
        now = self._now()
        self._kept = {key: cookie for key, cookie in self._kept.items() if not cookie.is_over(now)}
        self._look_ahead()

    def _look_ahead(self) -> None:
        self.next_expiry = min((one.expires for one in self._kept.values() if one.expires), default=float("inf"))

    def header(self, target: str) -> str:
        """The Cookie header for a request, "" where there is none to send; the longest paths first."""
        now, path = self._now(), target.partition("?")[0]
        sent = [
            (len(where), f"{name}={cookie.value}")
            for (name, where), cookie in self._kept.items()
            if _matches(path, where) and not cookie.is_over(now)
        ]
        return "; ".join(text for _, text in sorted(sent, key=lambda item: -item[0]))


def _matches(path: str, where: str) -> bool:
    return path == where or path.startswith(where if where.endswith("/") else f"{where}/")


def _expiry(said: dict[str, str], now: float) -> float | None:
    """Max-Age before Expires; what cannot be read says nothing."""
    if re.fullmatch(r"-?\d{1,12}", said.get("max-age", "")):
        return now + int(said["max-age"])
    try:
        moment = parsedate_to_datetime(said["expires"].replace("-", " "))
    except (KeyError, ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
