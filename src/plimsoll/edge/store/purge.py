"""What a purge says is to go: by URL, tag, prefix, pattern, or everything; soft or hard. Pure.

A *soft* purge makes what is stored count as stale, so that it is validated before it is served again; a *hard* one
takes it out. A URL here is `scheme://host/path?query` as `edge.keys` writes it: host in small letters, default port
left out, path and query as they came.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.edge.rules.tags import TAG_CHARACTERS_MAX, portable

PURGED_MAX: Final = 1_000  # urls, keys, tags, prefixes and patterns of one purge
URL_BYTES_MAX: Final = 8_192
STARS_MAX: Final = 8  # in one pattern: each is one search from where the last one ended
STAR: Final = b"*"


class Reach(Enum):
    """What became of what a purge found."""

    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Purge:
    """All that is named goes. A tag `family:*` is every tag of the family; an entry that carries `family:*` goes with
    each tag of it. `prefixes` are of URLs, compared byte by byte; in `patterns` a `*` is any bytes, all else itself.
    `keys` are such of `edge.keys`; of what carries `tags` only keys that begin with `within` count. A tag with capitals
    is made what a response that carries it has in the store (`rules.portable`).

    Raises UsageError where it names nothing, too much, or what no URL or tag can be.
    """

    urls: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    tags: tuple[str, ...] = ()
    prefixes: tuple[bytes, ...] = ()
    patterns: tuple[bytes, ...] = ()
    within: bytes = b""
    everything: bool = False
    reach: Reach = Reach.SOFT

    def __post_init__(self) -> None:
        named = len(self.urls) + len(self.keys) + len(self.tags) + len(self.prefixes) + len(self.patterns)
        if not named and not self.everything:
            raise _wrong("it names nothing", "name tags, urls, prefixes or patterns, or everything")
        if named > PURGED_MAX:
            raise _wrong(f"it names {named}, and one names at most {PURGED_MAX}", "send it in several, or by a tag")
        for url in (*self.urls, *self.prefixes, *self.patterns):
            if not url or len(url) > URL_BYTES_MAX:
                raise _wrong(f"a URL has {len(url)} bytes", f"1 to {URL_BYTES_MAX}")
        for tag in self.tags:
            if not _is_tag(tag):
                why = f"{tag!r:.80} is no tag: visible ASCII without comma or blank, at most {TAG_CHARACTERS_MAX}"
                raise _wrong(why, "write tags as responses carry them")
        object.__setattr__(self, "tags", tuple(map(portable, self.tags)))
        for pattern in self.patterns:
            if pattern.count(STAR) > STARS_MAX:
                raise _wrong(f"a pattern has {pattern.count(STAR)} stars", f"at most {STARS_MAX}, or a tag")


@dataclass(frozen=True, slots=True)
class Matcher:
    """Finds in URLs what the prefixes and patterns of a purge name, in time linear in each URL's length."""

    prefixes: tuple[bytes, ...]
    pieces: tuple[tuple[bytes, ...], ...] = field(default=())

    @staticmethod
    def of(purge: Purge) -> "Matcher | None":
        """None where it has neither."""
        if not purge.prefixes and not purge.patterns:
            return None
        return Matcher(purge.prefixes, tuple(tuple(pattern.split(STAR)) for pattern in purge.patterns))

    def matches(self, url: bytes) -> bool:
        return url.startswith(self.prefixes) or any(_globbed(url, pieces) for pieces in self.pieces)


def _globbed(url: bytes, pieces: tuple[bytes, ...]) -> bool:
    """Leftmost matches suffice where a star is all there is: what is left over is only longer."""
    first, *inner = pieces
    if not inner:
        return url == first
    if not url.startswith(first):
        return False
    *inner, last = inner
    at = len(first)
    for piece in inner:
        at = url.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return len(url) - at >= len(last) and url.endswith(last)


def _is_tag(tag: str) -> bool:
    return 0 < len(tag) <= TAG_CHARACTERS_MAX and all("!" <= sign <= "~" and sign != "," for sign in tag)


def _wrong(why: str, remedy: str) -> UsageError:
    return UsageError("not a purge", why=why, remedy=remedy)
