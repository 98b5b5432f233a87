"""Keys made of a function's arguments: two calls share a key exactly if their arguments are equal and of equal types.

Each value is written so that its end can be told from itself: a number, a truth value or None as a bare word, anything
else within quotes or brackets. So 1, True, 1.0 and "1" are `1`, `True`, `1.0` and `'1'`, and what stands between two
values cannot be part of either.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from plimsoll.core.errors import UsageError
from plimsoll.core.tag import checked_family, tag

DEPTH_MAX: Final = 20  # of tuples within tuples
_FIELD: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\}", re.ASCII)
_ODD: Final = re.compile(r"[{}%*\0]")  # in a constant, would have to be escaped or mean something
_BETWEEN: Final = re.compile(r"[^A-Za-z0-9_.+'\"()<>\[\]-]")


def written(value: Any, name: str, depth: int = 0) -> str:
    """A value as it stands in a key. `name` is the argument's. Raises UsageError for what has no such text."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, Enum):
        kind = type(value)
        return f"<{kind.__module__}.{kind.__qualname__} {value.name!r}>"
    if depth < DEPTH_MAX and type(value) is tuple:
        return f"({''.join(f'{written(one, name, depth + 1)},' for one in value)})"
    if depth < DEPTH_MAX and type(value) is frozenset:
        return f"<set {''.join(sorted(f'{written(one, name, depth + 1)},' for one in value))}>"
    why = f"{name} is of type {type(value).__name__}, which has no text that tells each value from every other"
    remedy = f"pass key=, a template such as '{{{name}.id}}' or a function of the arguments"
    raise UsageError("no key can be made of the arguments", why=why, remedy=remedy)


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    int: repr,
    str: repr,
    bool: repr,
    type(None): repr,
    float: repr,
    bytes: lambda value: f"<bytes {value.hex()}>",
    UUID: lambda value: f"<uuid {value}>",
    Decimal: lambda value: f"<decimal {value}>",
    date: lambda value: f"<date {value.isoformat()}>",
    time: lambda value: f"<time {value.isoformat()} {value.tzinfo!r} {value.fold}>",
    datetime: lambda value: f"<datetime {value.isoformat()} {value.tzinfo!r} {value.fold}>",
    timedelta: lambda value: f"<timedelta {value.days} {value.seconds} {value.microseconds}>",
}


class KeyTemplate:
    """`order:{order_id}`: text, and arguments in braces, or what hangs on them, `{user.id}`."""

    def __init__(self, text: str) -> None:
        """Raises UsageError for what could make one key of different arguments."""
        parts = _FIELD.split(text)
        self.texts, self.fields = tuple(parts[::2]), tuple(parts[1::2])
        bare = "".join(self.texts)
        between = (*self.texts[1:-1], *filter(None, self.texts[1:][-1:]))
        if "{" in bare or "}" in bare or "\0" in bare or not text:
            why = f"{text[:80]!r} is not text with arguments in braces"
            raise UsageError("not a template of keys", why=why, remedy="write it as order:{order_id}")
        if not all(_BETWEEN.match(one) for one in between):
            why = f"in {text[:80]!r} nothing tells where an argument ends"
            raise UsageError("not a template of keys", why=why, remedy="put : or / behind each argument")

    def made(self, arguments: Mapping[str, Any]) -> str:
        """The key for these arguments. Raises UsageError as `written`."""
        parts = [self.texts[0]]
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            parts += (written(reached(arguments, field), field), text)
        return "".join(parts)


class TenantTemplate(KeyTemplate):
    """`{org.id}`: as a key's, but texts and numbers stand in it as they are, as a tenant is called elsewhere."""

    def made(self, arguments: Mapping[str, Any]) -> str:
        """Raises UsageError as `written`."""
        parts = [self.texts[0]]
        for field, text in zip(self.fields, self.texts[1:], strict=True):
            value = reached(arguments, field)
            parts += (str(value) if type(value) in (str, int, UUID) else written(value, field), text)
        return "".join(parts)


class TagTemplate:
    """`line:{order_id}/1`: a family, and between `/` arguments in braces, what hangs on them, or constants."""

    def __init__(self, text: str) -> None:
        """Raises UsageError."""
        family, _, key = text.partition(":")
        parts = key.split("/")
        self.family = checked_family(family)
        found = [_FIELD.fullmatch(part) for part in parts]
        strange = next((one for one, field in zip(parts, found, strict=True) if not field and _ODD.search(one)), None)
        if strange is not None:
            why = f"in {text[:80]!r}, {strange[:60]!r} is neither an argument in braces nor a constant"
            raise UsageError(
                "not a template of tags", why=why, remedy="write it as order:{order_id} or line:{order_id}/1"
            )
        self._parts = tuple((part, field[1] if field else "") for part, field in zip(parts, found, strict=True))
        self.fields = tuple(field for _, field in self._parts if field)

    def made(self, arguments: Mapping[str, Any]) -> str:
        """The tag for these arguments. Raises UsageError for one whose text is not always the same."""
        return tag(self.family, *(reached(arguments, field) if field else part for part, field in self._parts))


def reached(arguments: Mapping[str, Any], path: str) -> Any:
    """An argument, or an attribute of it: `user.id`. Raises UsageError where there is none."""
    name, *attributes = path.split(".")
    value = arguments[name]
    for one in attributes:
        if not hasattr(value, one):
            why = f"{path}: a {type(value).__name__} has no {one}"
            raise UsageError("no key can be made of the arguments", why=why, remedy="correct the template")
        value = getattr(value, one)
    return value
