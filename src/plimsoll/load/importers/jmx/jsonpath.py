"""JSONPath as far as keys, indexes, `*` and `..` go. Pure."""

from __future__ import annotations

import re
from typing import Final

Path = tuple[str | int, ...]
EVERY: Final = "*"
DEEP: Final = ".."
_PART: Final = re.compile(
    r"""(?P<deep>\.\.)(?P<deep_name>[\w-]+|\*|(?=\[)) | \.(?P<name>[\w\-@$ ]+?)(?=[.\[]|$) | \.(?P<star>\*)
      | \[\s*(?P<index>-?\d+)\s*\] | \[\s*(?P<every>\*)\s*\] | \[\s*(?P<quote>['"])(?P<key>.*?)(?P=quote)\s*\]""",
    re.VERBOSE,
)


def parse_path(text: str) -> Path | None:
    """The parts of `$.a[0]..b[*]`; None where it holds what cannot be said, such as a filter."""
    text = text.strip()
    if not text.startswith("$"):
        text = f"$.{text}" if text and text[0] not in ".[" else f"${text}"
    at, parts = 1, []
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return None
        parts += _parts(found)
        at = found.end()
    return tuple(parts)


def _parts(found: re.Match[str]) -> list[str | int]:
    if found["deep"]:
        return [DEEP, *([found["deep_name"]] if found["deep_name"] else [])]
    if found["index"]:
        return [int(found["index"])]
    if found["star"] or found["every"]:
        return [EVERY]
    return [found["name"] if found["name"] is not None else found["key"]]


def is_definite(path: Path) -> bool:
    """Whether it leads to one place at most."""
    return EVERY not in path and DEEP not in path
