"""What things are called in the server: `plimsoll:1:KIND:NAME:REST`, injective and bounded. Pure.

NAME is the cache's, percent-encoded, so that it holds no colon. REST is `t` and a text as it is, or, where that is
longer than REST_BYTES_MAX, `h` and its SHA-256.
"""

import hashlib
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from plimsoll.core.errors import UsageError
from plimsoll.core.tag import family_of, is_whole

FORMAT: Final = 1  # of everything in the server: with another one it is another cache
REST_BYTES_MAX: Final = 200
NAME_CHARACTERS_MAX: Final = 60


class Names:
    """Keys of one cache."""

    def __init__(self, name: str) -> None:
        if not 0 < len(name) <= NAME_CHARACTERS_MAX:
            why = f"{name[:80]!r} has {len(name)} characters"
            remedy = f"name the cache in 1 to {NAME_CHARACTERS_MAX} characters"
            raise UsageError("a shared cache needs a short name", why=why, remedy=remedy)
        self._name = quote(name, safe="", errors="surrogatepass").encode()
        self.root = self._key(b"root", b"")
        self.position = self._key(b"position", b"")

    def entry(self, key: str) -> bytes:
        return self._key(b"value", _rest(key))

    def lease(self, key: str) -> bytes:
        return self._key(b"lease", _rest(key))

    def tag(self, name: str) -> bytes:
        return self._key(b"tag", _rest(name))

    def _key(self, kind: bytes, rest: bytes) -> bytes:
        return b"plimsoll:%d:%s:%s:%s" % (FORMAT, kind, self._name, rest)


def _rest(text: str) -> bytes:
    told = text.encode("utf-8", "surrogatepass")
    return b"t" + told if len(told) <= REST_BYTES_MAX else b"h" + hashlib.sha256(told).hexdigest().encode()


def written_names(tag: str) -> tuple[str, str]:
    """What a write of this tag marks: itself, and anything in its family."""
    return tag, family_of(tag)


def tags_of(names: Iterable[str]) -> tuple[str, ...]:
    """The tags whose `names_of` these are."""
    rows = [name for name in names if ":" in name and not is_whole(name)]
    return (*rows, *(f"{name}:*" for name in names if ":" not in name))
