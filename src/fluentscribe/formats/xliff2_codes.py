"""How XLIFF 2's inline codes belong together: pairs, copies, original data, and what may be moved or left out."""

from collections.abc import Sequence

from fluentscribe.formats.markup import Element


def check(unit: Element, parts: Sequence[Element]) -> None:
    """Of a whole unit, since a pair may begin in one segment and end in another. Raises Refused."""
