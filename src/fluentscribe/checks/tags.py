"""Inline tags: those of the source are in the translation, no others, and opened before they are closed."""

from collections import Counter
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.formats.values import Tag, Text

Key = tuple[str, str]

# Annotations: of terms, comments and search hits, which tools add and drop as they go.
_ANNOTATIONS = frozenset({"mrk", "sm", "em", "hi"})


def missing_tags(pair: Pair) -> Iterator[Flag]:
    if pair.unit.source.tags:
        have = keys(pair.unit.target)
        for (kind, name), count in (keys(pair.unit.source) - have).items():
            for _ in range(count):
                yield Flag(*pair.whole, f"the tag {name!r} ({kind}) of the source is missing", f"{kind} {name}")


def extra_tags(pair: Pair) -> Iterator[Flag]:
    if pair.unit.target.tags:
        left = keys(pair.unit.target) - keys(pair.unit.source)
        for tag in reversed(meant(pair.unit.target)):
            if left[key(tag)]:
                left[key(tag)] -= 1
                yield Flag(tag.position, tag.position, f"the source has no such tag: {shown(tag)}", " ".join(key(tag)))


def tag_order(pair: Pair) -> Iterator[Flag]:
    """Only where the tags are those of the source, and well nested there."""
    source, target = pair.unit.source, pair.unit.target
    if target.tags and keys(source) == keys(target) and not any(crossing(source)):
        for tag in crossing(target):
            said = f"{shown(tag)} closes what is not open, or not what was opened last"
            yield Flag(tag.position, tag.position, said, " ".join(key(tag)))


def keys(text: Text) -> Counter[Key]:
    return Counter(map(key, meant(text)))


def meant(text: Text) -> tuple[Tag, ...]:
    return tuple(tag for tag in text.tags if tag.name not in _ANNOTATIONS)


def key(tag: Tag) -> Key:
    return tag.kind, tag.id or tag.name


def crossing(text: Text) -> Iterator[Tag]:
    """Closing tags that do not close the one opened last."""
    still_open: list[str] = []
    for tag in meant(text):
        name = tag.id or tag.name
        if tag.kind == "open":
            still_open.append(name)
        elif tag.kind == "close" and (not still_open or still_open.pop() != name):
            yield tag


def shown(tag: Tag) -> str:
    return tag.text[:60] or f"{tag.name} {tag.id}".strip()
