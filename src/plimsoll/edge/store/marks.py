"""What was purged while fills were under way, so that none of them stores what was read before. Pure.

A fill begins with the number of the last purge; when it is to be stored, a later purge of its URL, of a tag of it, of a
prefix or pattern that its URL has, or of everything refuses it. Remembered as long as a fill runs that began before,
and within REMEMBERED_MAX: a fill that began before what was forgotten is refused, too.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, TypeVar

from plimsoll.core.tag import family_of, is_whole
from plimsoll.edge.store.purge import Matcher, Purge
from plimsoll.edge.store.urls import key_of_url, url_of

REMEMBERED_MAX: Final = 10_000  # urls and tags, some 2 MB
MATCHERS_MAX: Final = 100  # each of which every fill's URL is held against

Named = TypeVar("Named")


class Begun:
    """A fill under way, of what, and the number of the last purge when it began."""

    __slots__ = ("key", "number")

    def __init__(self, key: bytes, number: int) -> None:
        self.key = key
        self.number = number


class Marks:
    """`begin` and `end` frame each fill; between them `refuses` may be asked."""

    def __init__(self) -> None:
        self._number = 0
        self._running: dict[Begun, None] = {}  # in the order in which they began, which is that of their numbers
        self._keys: OrderedDict[bytes, int] = OrderedDict()
        self._tags: OrderedDict[str, int] = OrderedDict()
        self._matchers: OrderedDict[Matcher, int] = OrderedDict()
        self._floor = 0  # fills that began before it cannot be judged

    def __len__(self) -> int:
        """What is remembered."""
        return len(self._keys) + len(self._tags) + len(self._matchers)

    def begin(self, key: bytes) -> Begun:
        begun = Begun(key, self._number)
        self._running[begun] = None
        return begun

    def end(self, begun: Begun) -> None:
        """Twice is as good as once."""
        self._running.pop(begun, None)
        oldest = next(iter(self._running), None)
        self._forget(self._number if oldest is None else oldest.number)

    def note(self, purge: Purge) -> None:
        """It has just been done."""
        self._number += 1
        if not self._running:
            return
        if purge.everything:
            self._floor = self._number
            self._forget(self._number)
            return
        for key in (*purge.keys, *map(key_of_url, purge.urls)):
            if key is not None:
                _latest(self._keys, key, self._number)
        for tag in purge.tags:
            _latest(self._tags, tag, self._number)
            if not is_whole(tag):  # who carries the whole family rests on this one
                _latest(self._tags, _any_of(family_of(tag)), self._number)
        if (matcher := Matcher.of(purge)) is not None:
            _latest(self._matchers, matcher, self._number)
        self._bound()

    def refuses(self, begun: Begun, tags: Iterable[str]) -> bool:
        """Whether what this fill has read may be older than a purge."""
        since = begun.number
        if since == self._number:
            return False
        if since < self._floor or self._keys.get(begun.key, 0) > since:
            return True
        if any(self._tags.get(name, 0) > since for tag in tags for name in _bearing(tag)):
            return True
        later = [matcher for matcher, number in self._matchers.items() if number > since]
        return bool(later) and any(matcher.matches(url_of(begun.key)) for matcher in later)

    def _forget(self, up_to: int) -> None:
        _cut(self._keys, up_to)
        _cut(self._tags, up_to)
        _cut(self._matchers, up_to)

    def _bound(self) -> None:
        while len(self) > REMEMBERED_MAX or len(self._matchers) > MATCHERS_MAX:
            kinds = (self._keys.values(), self._tags.values(), self._matchers.values())
            self._floor = min(next(iter(numbers)) for numbers in kinds if numbers)
            self._forget(self._floor)


def _cut(kind: OrderedDict[Named, int], up_to: int) -> None:
    while kind and next(iter(kind.values())) <= up_to:
        kind.popitem(last=False)


def _latest(kind: OrderedDict[Named, int], name: Named, number: int) -> None:
    kind[name] = number
    kind.move_to_end(name)


def _bearing(tag: str) -> tuple[str, ...]:
    """The marks that bear on who carries it."""
    family = family_of(tag)
    return (tag, _any_of(family)) if is_whole(tag) else (tag, f"{family}:*")


def _any_of(family: str) -> str:
    """The mark of a family of which something was purged: no tag has a blank."""
    return f"{family} any"
