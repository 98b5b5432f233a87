"""Permissions: names in segments, and the patterns by which a role grants or denies many at once. Pure.

A name is segments with dots between them: "segment.edit", "read project". In a pattern a segment may be `*`, which is
any one segment, and the last may be `**`, which is one or more. A star means that only as a segment of its own.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from plimsoll.core.errors import UsageError

CHARACTERS_MAX: Final = 200
ANY, REST = "*", "**"


def checked_permission(name: Any) -> str:
    """A plain text that names one permission. Raises UsageError for a pattern: nobody asks for many at once."""
    text = _checked(name)
    if ANY in text:
        raise UsageError("not a permission", why=f"{text!r} has a star", remedy="ask for one permission by its name")
    return text


def checked_pattern(pattern: Any) -> str:
    """What a role may grant or deny. Raises UsageError where a star is not a segment of its own."""
    text = _checked(pattern)
    *before, last = text.split(".")
    if any(ANY in one and one != ANY for one in before) or (ANY in last and last not in (ANY, REST)):
        why = f"{text!r} has a star that is no segment of its own"
        raise UsageError(
            "not a permission", why=why, remedy="write project.* for one segment, project.** for all below"
        )
    return text


class Patterns(NamedTuple):
    """What was granted, or denied: by name, and by patterns as segments."""

    names: frozenset[str]
    wild: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(patterns: Iterable[str]) -> "Patterns":
        """From checked ones."""
        given = list(patterns)
        wild = sorted({one for one in given if ANY in one})
        return Patterns(frozenset(one for one in given if ANY not in one), tuple(tuple(one.split(".")) for one in wild))

    def match(self, permission: str) -> bool:
        """Whether a checked permission is among them."""
        return permission in self.names or (bool(self.wild) and any(_matches(one, permission) for one in self.wild))


def matches(pattern: str, permission: str) -> bool:
    """Both checked."""
    return _matches(tuple(pattern.split(".")), permission) if ANY in pattern else pattern == permission


def _matches(pattern: tuple[str, ...], permission: str) -> bool:
    segments = permission.split(".")
    if pattern[-1] == REST:
        if len(segments) < len(pattern):
            return False
        pattern = pattern[:-1]
    elif len(segments) != len(pattern):
        return False
    return all(one in (ANY, segment) for one, segment in zip(pattern, segments, strict=False))


def _checked(name: Any) -> str:
    text = str.__str__(name) if isinstance(name, str) else ""
    if 0 < len(text) <= CHARACTERS_MAX and "\0" not in text and all(text.split(".")):
        return text
    shown = f"{name!r:.60} of type {type(name).__name__}"
    why = f"{shown} is not a text of 1 to {CHARACTERS_MAX} characters with dots between its segments"
    raise UsageError("not a permission", why=why, remedy='name it as in "segment.edit"')
