"""HTML tags and entities that are part of the text."""

import re
from collections import Counter
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import MARKUP, Pair

_TAG = re.compile(MARKUP)
_NAME = re.compile(r"</?[\w:-]+")
_TWICE = re.compile(r"&amp;(?:[a-z]{2,8}|#\d{1,7});")
_ESCAPED = ("&lt;", "&gt;")


def markup(pair: Pair) -> Iterator[Flag]:
    source, target = pair.source, pair.target
    if "<" in source or "<" in target:
        yield from _tags(pair)
    if "&" in source or "&" in target:
        for entity in _ESCAPED:
            if source.count(entity) != target.count(entity):
                yield Flag(*pair.whole, f"{entity} is not there as often as in the source", entity)
        if "&amp;" in target and not _TWICE.search(source):
            for found in _TWICE.finditer(target):
                yield Flag(found.start(), found.end(), f"{found[0]} is escaped twice")


def _tags(pair: Pair) -> Iterator[Flag]:
    wanted = Counter(name_of(found[0]) for found in _TAG.finditer(pair.source))
    has = Counter(name_of(found[0]) for found in _TAG.finditer(pair.target))
    for name in wanted - has:
        yield Flag(*pair.whole, f"{name} of the source is missing", f"missing {name}")
    extra = has - wanted
    for found in _TAG.finditer(pair.target):
        if extra[name_of(found[0])] > 0:
            extra[name_of(found[0])] -= 1
            yield Flag(found.start(), found.end(), f"the source has no {name_of(found[0])}", name_of(found[0]))


def name_of(tag: str) -> str:
    """`<a>` of `<a href="…">`, `<br>` of `<br/>`."""
    found = _NAME.match(tag)
    return f"{found[0].lower()}>" if found else tag
