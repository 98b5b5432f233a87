"""Line breaks, real ones and those written as escapes, are as many as in the source."""

from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair

# Longer lines on average were broken to fit, and break elsewhere in another language.
_LINE_MAX = 50
_ESCAPES = ("\\n", "\\r", "\\t")


def newlines(pair: Pair) -> Iterator[Flag]:
    source, target = pair.source, pair.target
    if "\n" in source or "\n" in target:
        wanted, has = source.count("\n"), target.count("\n")
        if wanted != has and len(source) / (wanted + 1) < _LINE_MAX:
            yield Flag(*pair.whole, f"{has} line breaks where the source has {wanted}", f"{wanted} {has}")
    if "\\" in source or "\\" in target:
        for escape in _ESCAPES:
            if source.count(escape) != target.count(escape):
                yield Flag(*pair.whole, f"{escape} is not there as often as in the source", escape)
