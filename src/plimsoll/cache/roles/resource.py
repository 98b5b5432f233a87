"""What names a user, a tenant, a resource: values that are equal only if they mean the same. Pure.

In Python 1, True and 1.0 are one key of a dictionary; two checks that share a key share an answer. So an id is a text,
a whole number or a UUID, no two of which are ever equal, and is made plain here before anything is looked up by it.
"""

import re
from typing import Any, Final, final
from uuid import UUID

from plimsoll.core.errors import UsageError

Id = str | int | UUID

CHARACTERS_MAX: Final = 200  # of an id that is a text
BITS_MAX: Final = 128  # of one that is a number
_KIND: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
PLAIN: Final = frozenset({str, int, UUID})  # by class: of these, no two values of two classes are equal


def checked_id(value: Any, what: str) -> Id:
    """The value as a plain str, int or UUID. Raises UsageError for what is none, where truth values are no numbers."""
    if value.__class__ not in PLAIN:
        value = _plain(value, what)
    match value:
        case UUID():
            return value
        case int() if value.bit_length() <= BITS_MAX:
            return value
        case str() if 0 < len(value) <= CHARACTERS_MAX and "\0" not in value:
            return value
    why = f"{_shown(value)} is not a text of 1 to {CHARACTERS_MAX} characters without NUL, or a number that fits"
    raise UsageError(f"not the id of a {what}", why=why, remedy="name it by its key in the database")


def key_text(value: Id) -> str:
    """A plain id as text; two that differ have two texts: "i1", "s1"."""
    match value:
        case int():
            return f"i{value}"
        case UUID():
            return f"u{value.hex}"
    return f"s{value}"


@final
class Resource(tuple[Id, str, Id | None]):
    """A thing of a tenant: `Resource(7, "project", 42)`; `Resource(7)` is the tenant itself, with all that is in it.

    `kind` is a small letter followed by up to 39 small letters, digits, - or _. Raises UsageError.
    """

    __slots__ = ()

    def __new__(cls, tenant: Id, kind: str = "", key: Id | None = None) -> "Resource":
        whose = checked_id(tenant, "tenant")
        if kind == "" and key is None:
            return tuple.__new__(cls, (whose, "", None))
        if not _is_kind(kind) or key is None:
            why = f"a kind of {_shown(kind)}, and {_shown(key)} for its id"
            raise UsageError("not a resource", why=why, remedy='name both, as in Resource(tenant, "project", 42)')
        return tuple.__new__(cls, (whose, str.__str__(kind), checked_id(key, kind)))

    @property
    def tenant(self) -> Id:
        return self[0]

    @property
    def is_tenant(self) -> bool:
        """Whether it is the tenant itself."""
        return not self[1]

    def __getnewargs__(self) -> Any:
        return tuple(self)

    def __repr__(self) -> str:
        return f"Resource({', '.join(map(repr, self[:1] if self.is_tenant else self))})"

    def __str__(self) -> str:
        return f"tenant {self[0]}" if self.is_tenant else f"{self[1]} {self[2]}"


def checked_resource(value: Any) -> Resource:
    """The value itself. Raises UsageError for a tuple that was not checked when it was made."""
    if value.__class__ is Resource:
        found: Resource = value
        return found
    raise UsageError("not a resource", why=_shown(value), remedy="pass Resource(tenant, kind, id)")


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and _KIND.fullmatch(value) is not None


def _plain(value: Any, what: str) -> Any:
    """Without what a class may have added: an Enum's member, a driver's own UUID."""
    match value:
        case UUID():
            return UUID(int=value.int)
        case str():
            return str.__str__(value)
        case int() if not isinstance(value, bool):
            return int.__int__(value)
    why = f"{_shown(value)} could be taken for another"
    raise UsageError(f"not the id of a {what}", why=why, remedy="pass a text, a whole number or a UUID")


def _shown(value: Any) -> str:
    return f"{str(value)[:60]!r} of type {type(value).__name__}"
