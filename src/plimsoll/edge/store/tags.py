"""Which entries carry a tag. Nothing is left of a tag that no entry carries. Pure."""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from plimsoll.core.tag import family_of, is_whole

T = TypeVar("T")

# Of a tag's place in the index, measured on CPython 3.11: the entries that carry it, its place in two dictionaries, and
# the name, while others come and go. What several entries share is counted in each: it is never too low.
TAG_BYTES: Final = 640


class TagIndex(Generic[T]):
    """Tag -> entries, and family -> its tags that some entry carries. Adding and discarding take O(tags given)."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[T, None]] = {}
        self._families: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """Tags that are carried."""
        return len(self._entries)

    def add(self, entry: T, tags: Iterable[str]) -> None:
        for tag in tags:
            held = self._entries.get(tag)
            if held is None:
                held = self._entries[tag] = {}
                self._families.setdefault(family_of(tag), {})[tag] = None
            held[entry] = None

    def discard(self, entry: T, tags: Iterable[str]) -> None:
        for tag in tags:
            held = self._entries.get(tag)
            if held is None:
                continue
            held.pop(entry, None)
            if not held:
                del self._entries[tag]
                family = family_of(tag)
                named = self._families[family]
                del named[tag]
                if not named:
                    del self._families[family]

    def carrying(self, tag: str) -> list[T]:
        """Who rests on what the tag names: who carries it; of `family:*` who carries any tag of the family; of a
        family's other tags also who carries `family:*`. Each once."""
        if is_whole(tag):
            named: Iterable[str] = self._families.get(family_of(tag), {})
        else:
            named = (tag, f"{family_of(tag)}:*")
        found: dict[T, None] = {}
        for name in named:
            found.update(self._entries.get(name, {}))
        return list(found)
