"""What an answer is: by what it is found again, and what it rests on. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


def nothing(thing: Any) -> Iterable[str]:
    return ()


def never(thing: Any) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Topic:
    """`name` and `parameters` tell an answer from every other one of its organization; `tags` are what it rests on.

    `person` is whose answer it is, None for one that is the same for all who may have it. `more` gives tags that are
    known once the thing was read, `until` the moment at which it changes by itself.

    `one_plan`: its statements begin with one session or one organization's projects, so that a plan for any values is
    as good as one for these. Left alone, the server makes one for each call where a filter is optional, which takes as
    long as to run it.
    """

    name: str
    parameters: tuple[Any, ...]
    tags: tuple[str, ...]
    person: UUID | None = None
    more: Callable[[Any], Iterable[str]] = nothing
    until: Callable[[Any], datetime | None] = never
    one_plan: bool = False

    def key(self, organization: UUID | None) -> str:
        """Two topics share a key only if they are the same: a text has quotes, and no number or None has."""
        return repr((self.name, str(organization), self.person and str(self.person), *map(_plain, self.parameters)))


def _plain(value: Any) -> Any:
    """Texts, whole numbers, truth values and None as they are; others with the name of their kind before them."""
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, tuple):
        return ("tuple", *map(_plain, value))
    assert isinstance(value, UUID | datetime | str), type(value)
    return (type(value).__name__, str(value))
