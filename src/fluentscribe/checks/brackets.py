"""Brackets that open are closed."""

from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair

_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))
_ALIKE = str.maketrans("（）［］｛｝﹙﹚", "()[]{}()")


def brackets(pair: Pair) -> Iterator[Flag]:
    """More open than closed or the reverse, where that is not so in the source ("a)" lists, smileys)."""
    source, target = pair.masked_source.translate(_ALIKE), pair.masked_target.translate(_ALIKE)
    for opening, closing in _PAIRS:
        if opening in target or closing in target:
            wanted = source.count(opening) - source.count(closing)
            has = target.count(opening) - target.count(closing)
            if wanted != has:
                sign = opening if has > wanted else closing
                at = target.rfind(sign)
                yield Flag(max(at, 0), at + 1, f"{sign} without its counterpart", sign)
