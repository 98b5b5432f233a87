"""What other processes tell in JSON, made fit to be reckoned with and shown. What is odd is left out, or 0."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Final

from plimsoll.core.visible import visible

TEXT_CHARACTERS_MAX: Final = 300


def number_told(said: object) -> float | None:
    """A number that is none below 0, nor beyond what a float tells exactly; None for all else."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= 2**53 or not isfinite(said):
        return None
    return float(said)


def count_told(said: object) -> int:
    found = number_told(said)
    return 0 if found is None else int(found)


def text_told(said: object) -> str:
    return cut(said) if isinstance(said, str) else ""


def cut(text: str) -> str:
    """Its beginning, without what a terminal or a page would not show."""
    return visible(text[:TEXT_CHARACTERS_MAX])


def list_told(said: object) -> Sequence[Any]:
    return said if isinstance(said, list | tuple) else ()


def map_told(said: object, most: int) -> Sequence[tuple[str, Any]]:
    """The first `most` pairs of an object."""
    return [(cut(str(key)), one) for key, one in list(said.items())[:most]] if isinstance(said, Mapping) else ()
