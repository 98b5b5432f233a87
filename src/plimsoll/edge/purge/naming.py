"""Tags as CDNs know them. To an edge of ours, and in the changelog, `order:*` is every tag of a family; a CDN compares
tags whole. So a response carries the bare family there, too, and a purge names what the edge would have found. Pure."""

from collections.abc import Iterable

from plimsoll.core.tag import TABLE_FAMILY, family_of, is_whole
from plimsoll.edge.rules.tags import portable


def carried(tags: Iterable[str]) -> tuple[str, ...]:
    """What a response has to carry at a CDN for these tags of rows: they themselves, and of each the bare family,
    since a change that is told by `order:*` purges `order` there."""
    named: dict[str, None] = {}
    for tag in map(portable, tags):
        named[tag] = None
        family = family_of(tag)
        if family not in (tag, TABLE_FAMILY) and not is_whole(tag):
            named[family] = None
    return tuple(named)


def purged(tag: str) -> tuple[str, ...]:
    """What to purge at a CDN where this one was written: itself, and what rests on the whole family (it carries
    `order:*`); for a family also what carries a tag of it, by the bare family. At most two."""
    family = family_of(tag)
    if family in (tag, TABLE_FAMILY):
        return (tag,)
    return (tag, family) if is_whole(tag) else (tag, f"{family}:*")
