"""Roles, and what holding one comes to with all that it inherits. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import Any, Final, NamedTuple

from plimsoll.cache.roles.permission import Patterns, checked_pattern
from plimsoll.cache.roles.resource import checked_id
from plimsoll.core.errors import RefusedError, UsageError

ROLES_MAX: Final = 1_000  # of one tenant
PATTERNS_MAX: Final = 1_000  # of one role: what it grants, denies, inherits
COMPILED_MAX: Final = 500_000  # patterns of all roles, each counted again in whatever inherits it; some 50 MB


@dataclass(frozen=True)
class Role:
    """What who holds it may do, and may not: `deny` wins over whatever grants. `inherits` names roles that are in it.

    Raises UsageError for what is no pattern of permissions, RefusedError for more than PATTERNS_MAX.
    """

    name: str
    allow: Iterable[str] = ()
    deny: Iterable[str] = ()
    inherits: Iterable[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", role_name(self.name))
        checks: tuple[tuple[str, Callable[[Any], str]], ...] = (
            ("allow", checked_pattern),
            ("deny", checked_pattern),
            ("inherits", role_name),
        )
        for field, check in checks:
            given = bounded(getattr(self, field), PATTERNS_MAX, f"{field} of {self.name}")
            each = tuple(dict.fromkeys(check(one) for one in given))
            object.__setattr__(self, field, each)


class Rights(NamedTuple):
    """What holding a role comes to."""

    role: str
    allow: Patterns
    deny: Patterns


def compiled(roles: Mapping[str, Role]) -> dict[str, Rights]:
    """What each comes to. Raises UsageError for a role that is not there, or that is in itself; RefusedError for more
    than COMPILED_MAX."""
    for role in roles.values():
        missing = [name for name in role.inherits if name not in roles]
        if missing:
            why = f"{role.name!r} inherits {missing[0]!r}, and there is no such role"
            raise UsageError("the roles cannot be used", why=why, remedy="name it, or leave it out")
    allow: dict[str, frozenset[str]] = {}
    deny: dict[str, frozenset[str]] = {}
    left = COMPILED_MAX
    for name in _inmost_first(roles):
        role = roles[name]
        allow[name] = frozenset(role.allow).union(*(allow[one] for one in role.inherits))
        deny[name] = frozenset(role.deny).union(*(deny[one] for one in role.inherits))
        left -= len(allow[name]) + len(deny[name])
        if left < 0:
            raise too_many(f"{COMPILED_MAX} permissions in roles with what they inherit")
    return {name: Rights(name, Patterns.of(allow[name]), Patterns.of(deny[name])) for name in roles}


def lines(roles: Mapping[str, Role], name: str) -> Iterator[tuple[str, ...]]:
    """A role and each that is in it, nearest first, as the way there: ("owner", "editor", "viewer")."""
    waiting: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    for way in waiting:
        yield way
        for inner in roles[way[-1]].inherits:
            if inner not in seen:
                seen.add(inner)
                waiting.append((*way, inner))


def role_name(name: Any) -> str:
    """A plain text that may be an id. Raises UsageError."""
    return str(checked_id(role_text(name), "role"))


def role_text(name: Any) -> str:
    """Without what a class may have added. Raises UsageError for no text."""
    if isinstance(name, str):
        return str.__str__(name)
    raise UsageError("not the name of a role", why=f"{name!r:.60} is no text", remedy='name it as in "editor"')


def bounded(given: Iterable[Any], most: int, what: str) -> Iterator[Any]:
    """The same. Raises UsageError for a text or bytes, which would be taken letter by letter, and for what is no
    collection; RefusedError where there are more."""
    if isinstance(given, str | bytes | bytearray | memoryview) or not isinstance(given, Iterable):
        why = f"{what} are several: got {given!r:.60}"
        raise UsageError("the roles cannot be used", why=why, remedy="pass a list")
    each = iter(given)
    yield from islice(each, most)
    for _ in each:
        raise too_many(f"{most} {what}")


def too_many(what: str) -> RefusedError:
    why = f"there are more than {what}"
    return RefusedError("the roles are not taken into memory", why=why, remedy="load a smaller part for a tenant")


def _inmost_first(roles: Mapping[str, Role]) -> list[str]:
    try:
        return list(TopologicalSorter({name: role.inherits for name, role in roles.items()}).static_order())
    except CycleError as error:
        circle = " in ".join(error.args[1][:10])
        raise UsageError(
            "the roles cannot be used", why=f"a role is in itself: {circle}", remedy="take out one of these inherits"
        ) from None
