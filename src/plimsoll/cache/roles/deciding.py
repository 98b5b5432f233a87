"""Whether a user may, and why: pure. A denial wins over all grants; what nothing grants is not allowed."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plimsoll.cache.roles.graph import Place, RoleGraph
from plimsoll.cache.roles.permission import checked_permission, matches
from plimsoll.cache.roles.resource import PLAIN, Id, Resource, checked_id, checked_resource
from plimsoll.cache.roles.role import lines


@dataclass(frozen=True, slots=True)
class Cause:
    """A role that a user holds `at` a resource, and the pattern by which it grants or denies.

    `way` leads from the role that is held to the one that says so: ("owner", "editor") where owner inherits editor.
    """

    at: Resource
    way: tuple[str, ...]
    pattern: str

    def __str__(self) -> str:
        held, *inner = self.way
        through = f" through {' and '.join(map(repr, inner))}" if inner else ""
        return f"{self.pattern!r} of the role {held!r} at {self.at}{through}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a user may, and why. `granted` is what grants it, even if `denied` then denies it; both the nearest."""

    allowed: bool
    why: str
    granted: Cause | None = None
    denied: Cause | None = None


def can(graph: RoleGraph, user: Any, permission: Any, resource: Any) -> bool:
    """Raises UsageError for what names no user, permission or resource."""
    held = graph.held(user if type(user) in PLAIN else checked_id(user, "user"))
    known = permission.__class__ is str and permission in graph.named
    wanted = permission if known else checked_permission(permission)
    places = graph.places(checked_resource(resource))
    if held is None:
        return False
    allowed = False
    for place in places:
        for rights in held.get(place, ()):
            if wanted in rights.deny.names or (rights.deny.wild and rights.deny.match(wanted)):
                return False
            allowed = allowed or wanted in rights.allow.names or rights.allow.match(wanted)
    return allowed


def explain(graph: RoleGraph, user: Any, permission: Any, resource: Any) -> Answer:
    """As `can`, with the reason. Raises UsageError as that does."""
    who, wanted, where = checked_id(user, "user"), checked_permission(permission), checked_resource(resource)
    if who in graph.disabled:
        return Answer(False, f"the account of user {who} is disabled")
    if who in graph.unknown:
        held = f"user {who} holds {graph.unknown[who]!r}, and there is no such role in tenant {graph.tenant}"
        return Answer(False, f"{held}: it may be one that denies, so nothing is granted")
    places = graph.places(where)
    if not places:
        return Answer(False, f"{where} is not known in tenant {graph.tenant}")
    causes = [_causes(graph, who, wanted, place) for place in places]
    granted = next((grant for grant, _ in causes if grant), None)
    denied = next((denial for _, denial in causes if denial), None)
    if denied is not None:
        return Answer(False, f"denied by {denied}", granted, denied)
    if granted is not None:
        return Answer(True, f"granted by {granted}", granted)
    names = [rights.role for place in places for rights in (graph.held(who) or {}).get(place, ())]
    roles = f"none of the roles {', '.join(map(repr, names))} grants it" if names else f"user {who} holds no role here"
    return Answer(False, f"{roles} ({where}){_hint(graph, who)}")


def permissions(graph: RoleGraph, user: Any, resource: Any) -> frozenset[str]:
    """What the user may do there, of what the tenant's roles name. Wildcards may grant more than has a
    name: ask `can`. Raises UsageError."""
    who, where = checked_id(user, "user"), checked_resource(resource)
    held = graph.held(who)
    if held is None:
        return frozenset()
    rights = [one for place in graph.places(where) for one in held.get(place, ())]
    named = (
        graph.named if any(one.allow.wild for one in rights) else {name for one in rights for name in one.allow.names}
    )
    return frozenset(
        name
        for name in named
        if any(one.allow.match(name) for one in rights) and not any(one.deny.match(name) for one in rights)
    )


def _hint(graph: RoleGraph, who: Id) -> str:
    """Who looks the same and holds roles is another user: most likely a text where a number or UUID was meant."""
    if graph.held(who) is None:
        for other in _alike(who):
            if graph.held(other) is not None:
                return f"; user {other!r} does, and {who!r} is another one: ids are compared with their type"
    return ""


def _alike(who: Id) -> list[Id]:
    if not isinstance(who, str):
        return [str(who)]
    found: list[Id] = []
    with suppress(ValueError):
        found.append(UUID(who))
    with suppress(ValueError):
        found.append(int(who))
    return found


def _causes(graph: RoleGraph, who: Id, wanted: str, place: Place) -> tuple[Cause | None, Cause | None]:
    """What grants, and what denies, of the roles held at one place."""
    granted = denied = None
    for rights in (graph.held(who) or {}).get(place, ()):
        for way in lines(graph.roles, rights.role):
            role = graph.roles[way[-1]]
            granted = granted or _cause(graph, place, way, role.allow, wanted)
            denied = denied or _cause(graph, place, way, role.deny, wanted)
    return granted, denied


def _cause(graph: RoleGraph, place: Place, way: tuple[str, ...], patterns: Any, wanted: str) -> Cause | None:
    found = next((one for one in patterns if matches(one, wanted)), None)
    return None if found is None else Cause(graph.resource_at(place), way, found)
