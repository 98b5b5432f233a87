"""For how long a file may be kept, and by whom: by its name and kind alone. Nobody has to say it for each file.

What is told wrongly cannot be taken back from browsers, so whatever is in doubt is `no-cache`: kept, and asked for
again with its validator each time, which costs a 304.
"""

import re
from dataclasses import dataclass
from enum import Enum
from fnmatch import translate
from typing import Final

from plimsoll.edge.static.mime import extension_of, type_of


class Kind(Enum):
    """What a file is to caches, in the order in which it is asked."""

    PAGE = "page"  # names what is hashed, so it must be the newest
    DOCUMENT = "document"  # somebody's: translations, papers
    HASHED = "hashed"  # another content has another name
    IMAGE = "image"
    OTHER = "other"


_PAGES: Final = frozenset({"html", "htm", "xhtml"})
_DOCUMENTS: Final = frozenset(
    {"xlf", "xliff", "sdlxliff", "mxliff", "tmx", "tbx", "pdf"}
    | {"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "csv", "tsv", "po", "pot", "srt"}
)
# Hexadecimal digits as webpack, Parcel, Rails and Django put them: letters and digits both, as neither a date has them
# nor a word. What else may be a hash (Vite's, esbuild's) looks like words: a manifest tells those.
_PLAIN_HASH: Final = re.compile(r"[.-](?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}(?=\.)")
GLOBS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """`hashed` are names (as "assets/main-BRBmoGS9.js") that a build's manifest tells to be; `immutable` are patterns
    of more (fnmatch's, of the whole name). `public_documents` lets shared caches keep documents, too."""

    hashed: frozenset[str] = frozenset()
    immutable: tuple[str, ...] = ()
    public_documents: bool = False

    def kind_of(self, name: str) -> Kind:
        extension = extension_of(name)
        if extension in _PAGES:
            return Kind.PAGE
        if extension in _DOCUMENTS:
            return Kind.DOCUMENT
        if name in self.hashed or _PLAIN_HASH.search(name, name.rfind("/") + 1) or self._told(name):
            return Kind.HASHED
        return Kind.IMAGE if type_of(name).startswith("image/") else Kind.OTHER

    def cache_control(self, name: str) -> str:
        """RFC 9111, 5.2.2, and RFC 8246 (immutable)."""
        kind = self.kind_of(name)
        if kind is Kind.HASHED:
            return "public, max-age=31536000, immutable"
        if kind is Kind.IMAGE:
            return "public, max-age=86400"
        if kind is Kind.DOCUMENT:
            return f"{'public' if self.public_documents else 'private'}, max-age=3600"
        return "no-cache"

    def _told(self, name: str) -> bool:
        return any(re.match(translate(pattern), name) for pattern in self.immutable[:GLOBS_MAX])
