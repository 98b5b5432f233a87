"""What is to be purged: a tag, a URL, a prefix, a pattern, a host or everything; soft or hard. Pure."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from plimsoll.changes.polling import Change
from plimsoll.core.errors import UsageError
from plimsoll.core.tag_text import is_tag
from plimsoll.core.visible import visible
from plimsoll.edge.rules.tags import portable

WHAT_BYTES_MAX: Final = 2_000  # of one wish: it is a key of the outbox, and an index's entry ends at 2,704
WISHES_MAX: Final = 1_000  # by hand, at once
STARS_MAX: Final = 8  # of a pattern

_VISIBLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")
_PORTS: Final = {"http": 80, "https": 443}


class Kind(StrEnum):
    """`prefix` is of a URL, up to a path; in a `pattern`, a URL too, each `*` is any characters. A `host` is its name
    alone."""

    TAG = "tag"
    URL = "url"
    PREFIX = "prefix"
    PATTERN = "pattern"
    HOST = "host"
    ALL = "all"


class Wish(NamedTuple):
    """`what` is "" for everything. Hard: it is gone, soft: it counts as stale. Hard contains soft."""

    kind: Kind
    what: str
    hard: bool = False


def everything(*, hard: bool = False) -> Wish:
    return Wish(Kind.ALL, "", hard)


def wish(kind: Kind, text: str, *, hard: bool = False, longest: int = WHAT_BYTES_MAX) -> Wish:
    """From what a person or a program wrote. Raises UsageError for what cannot be one, or matches nothing that is
    stored; `longest` is how many characters a URL may have."""
    if kind is Kind.ALL:
        return everything(hard=hard)
    if kind is Kind.TAG:
        return Wish(kind, _tag(text), hard)
    if kind is Kind.HOST:
        return Wish(kind, _host(text), hard)
    return Wish(kind, _url(kind, text, longest), hard)


def checked_wishes(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Each once. Raises UsageError for none and for too many."""
    checked = tuple(dict.fromkeys(wishes))
    if not checked:
        remedy = "--tag order:42, --url, --prefix, --pattern, --host or --all"
        raise UsageError("what is to be purged?", why="nothing is named", remedy=remedy)
    if len(checked) > WISHES_MAX:
        why = f"{len(checked):,} are named, and {WISHES_MAX:,} go at once"
        raise UsageError("too many purges", why=why, remedy="purge whole families, as order:*")
    return checked


def wishes_of(changes: Iterable[Change]) -> tuple[Wish, ...]:
    """Each tag of these once: hard where rows that had it are gone, by one of the changes at least."""
    hard: dict[str, bool] = {}
    for _, tags, gone in changes:
        for tag in tags:
            named = portable(tag)
            hard[named] = hard.get(named, False) or gone
    return tuple(Wish(Kind.TAG, tag, gone) for tag, gone in hard.items())


def in_order(wishes: Iterable[Wish]) -> list[Wish]:
    """As the outbox's rows are locked by whoever writes them, so that two never wait for each other."""
    return sorted(wishes, key=lambda one: (one.kind.encode(), one.what.encode()))


def _tag(text: str) -> str:
    """As a response carries it; what the changelog writes is made portable."""
    if is_tag(text) or (text and portable(text) == text and "*" not in text):
        return portable(text)
    remedy = "write it as order:42, order:* for all of a family, or table:public.orders"
    raise UsageError("not a tag", why=visible(repr(text[:80])), remedy=remedy)


def _host(text: str) -> str:
    host = text.lower().rstrip(".")
    if not _HOST.fullmatch(host):
        raise UsageError("not a host", why=visible(repr(text[:80])), remedy="--host www.example.com, without a scheme")
    return host


def _url(kind: Kind, text: str, longest: int) -> str:
    """Written in one way; a pattern that begins with a star, as it is."""
    example = {Kind.PREFIX: "https://example.com/news/", Kind.PATTERN: "https://example.com/*/feed"}
    remedy = f"--{kind} '{example.get(kind, 'https://example.com/news/42')}'"

    def wrong(why: str) -> UsageError:
        return UsageError(f"not a {kind} that can be purged", why=f"{visible(repr(text[:80]))} {why}", remedy=remedy)

    if not _VISIBLE.fullmatch(text):
        raise wrong("is empty, or has blanks or characters beyond ASCII, which a URL has percent-encoded")
    if len(text) > longest:
        raise wrong(f"has more than {longest:,} characters")
    if kind is Kind.PATTERN and not 1 <= text.count("*") <= STARS_MAX:
        raise wrong(f"has {text.count('*')} stars, and a pattern 1 to {STARS_MAX}")
    return text if kind is Kind.PATTERN and text.startswith("*") else _normal(kind, text, wrong)


def _normal(kind: Kind, text: str, wrong: Callable[[str], UsageError]) -> str:
    """Scheme and host in small letters, the default port left out; path and query as they came."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong(f"is no URL: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise wrong("does not begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise wrong("has a name or a password")
    if kind is Kind.PREFIX and parts.query:
        raise wrong("has a query, and a prefix is of paths")
    if kind is not Kind.PATTERN and not _HOST.fullmatch(_bracketed(parts)):
        raise wrong("names no host")
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{_bracketed(parts)}{shown}{parts.path or '/'}{query}"


def _bracketed(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    return f"[{host}]" if ":" in host else host
