"""What XLIFF 2's annotations refer to."""

from collections.abc import Sequence

from fluentscribe.formats.markup import Element


def check(unit: Element, parts: Sequence[Element], file_id: str) -> None:
    """Raises Refused where a reference is malformed, or a comment has not exactly one text."""
