"""Who may do what, worked out slowly and plainly: what the compiled graph is held against."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class PlainRole(NamedTuple):
    allow: Sequence[str] = ()
    deny: Sequence[str] = ()
    inherits: Sequence[str] = ()


class Plain(NamedTuple):
    """Roles by name; (user, role, place) where a place is (kind, id), or None for the tenant; what lies in what."""

    roles: Mapping[str, PlainRole]
    memberships: Sequence[tuple[Any, str, Any]]
    within: Mapping[Any, Any]
    disabled: Sequence[Any] = ()
    unlisted: bool = False

    def can(self, user: Any, permission: str, place: Any) -> bool:
        if any(same(user, one) for one in self.disabled):
            return False
        held = [
            role
            for who, role, at in self.memberships
            if same(who, user) and any(at == one for one in self.places(place))
        ]
        everything = [role for name in held for role in self.with_inherited(name)]
        if any(covers(pattern, permission) for role in everything for pattern in role.deny):
            return False
        return any(covers(pattern, permission) for role in everything for pattern in role.allow)

    def places(self, place: Any) -> list[Any]:
        if place is None:
            return [None]
        if place not in self.within:
            return [place, None] if self.unlisted else []
        return [place, *self.places(self.within[place])]

    def with_inherited(self, name: str) -> list[PlainRole]:
        role = self.roles[name]
        return [role, *(one for inner in role.inherits for one in self.with_inherited(inner))]


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def covers(pattern: str, permission: str) -> bool:
    """Segment by segment, from the left."""
    match pattern.split("."), permission.split("."):
        case ["**"], [_, *_]:
            return True
        case [one], [segment]:
            return one in ("*", segment)
        case [one, *more], [segment, *rest] if more and rest:
            return one in ("*", segment) and covers(".".join(more), ".".join(rest))
    return False
