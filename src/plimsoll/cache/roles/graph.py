"""A tenant's graph of roles: what each role grants, which others are in it, and who holds which one where. Pure.

Everything is compiled when the graph is made, so that the cache knows its size and nothing grows inside it later. A
check looks up the user, then each place from the resource to the tenant, and asks what is held there.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from plimsoll.cache.roles.resource import CHARACTERS_MAX, Id, Resource, checked_id, checked_resource
from plimsoll.cache.roles.role import ROLES_MAX, Rights, Role, bounded, compiled, role_text
from plimsoll.core.errors import UsageError

MEMBERSHIPS_MAX: Final = 200_000  # of one tenant
RESOURCES_MAX: Final = 200_000
DEPTH_MAX: Final = 16  # of resources within one another

Place = tuple[Any, ...]  # kind and id: a resource without its tenant
TENANT: Final[Place] = ("", None)
_ONLY_TENANT: Final = (TENANT,)


class Membership(NamedTuple):
    """A user holds a role `at` a resource and all that is within it; None: in the whole tenant."""

    user: Id
    role: str
    at: Resource | None = None


class RoleGraph:
    """The roles of one tenant. Immutable.

    `within` says of each resource in what it lies: in the tenant (`Resource(tenant)`), or in another one that is named
    there too. What it does not name is unknown, and nobody may do anything with it; with `unlisted` it lies in the
    tenant, for who has made sure of that before asking. Disabled users hold nothing. Nor does a user with a membership
    whose role is not among `roles`, since it may be one that denies: `unknown` has such users, with a name of each.

    Raises UsageError for roles or resources that are in themselves, inherited roles that are not there, resources of
    another tenant, a text instead of a list; RefusedError for more than is taken into memory. `named` are the
    permissions that any role names.
    """

    __slots__ = ("_held", "_within", "disabled", "named", "rights", "roles", "tenant", "unknown", "unlisted")

    def __init__(
        self,
        tenant: Id,
        roles: Iterable[Role],
        memberships: Iterable[Membership | tuple[Any, ...]],
        *,
        within: Mapping[Resource, Resource] | None = None,
        disabled: Iterable[Id] = (),
        unlisted: bool = False,
    ) -> None:
        self.tenant = Resource(tenant).tenant
        self.unlisted = unlisted
        self.roles = _by_name(roles)
        self.rights = compiled(self.roles)
        self.named = frozenset(name for one in self.rights.values() for name in (*one.allow.names, *one.deny.names))
        self.disabled = frozenset(
            checked_id(user, "user") for user in bounded(disabled, MEMBERSHIPS_MAX, "disabled users")
        )
        places: dict[Place, Place] = {TENANT: TENANT}  # each is kept once, whoever holds something there

        def place_of(resource: Any) -> Place:
            place = self._place(resource)
            return places.setdefault(place, place)

        lies: Any = {} if within is None else within
        if not isinstance(lies, Mapping):
            why = f"within is {lies!r:.60}"
            raise UsageError("the resources cannot be used", why=why, remedy="pass {resource: what it lies in}")
        pairs = bounded(lies.items(), RESOURCES_MAX, "resources")
        self._within = {place_of(inner): place_of(outer) for inner, outer in pairs}
        for place in self._within:
            self._check_way(place)
        self.unknown: dict[Id, str] = {}
        self._held = self._compiled(bounded(memberships, MEMBERSHIPS_MAX, "memberships"), place_of)

    def __eq__(self, other: object) -> bool:
        """Whether they answer alike, in whatever order they were loaded: for the audit of hits."""
        if not isinstance(other, RoleGraph):
            return NotImplemented
        return self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]

    def held(self, user: Id) -> Mapping[Place, tuple[Rights, ...]] | None:
        """What a plain id holds, by place; None for nothing."""
        return self._held.get(user)

    def places(self, resource: Resource) -> tuple[Place, ...]:
        """From the resource out to the tenant; none where it is another tenant's, or unknown."""
        if resource[0] != self.tenant:
            return ()
        place = resource[1:]
        if place == TENANT:
            return _ONLY_TENANT
        outer = self._within.get(place, TENANT if self.unlisted else None)
        if outer is None:
            return ()
        way = [place]
        while outer != TENANT:
            way.append(outer)
            outer = self._within[outer]
        return (*way, TENANT)

    def roles_of(self, user: Any, resource: Any) -> tuple[tuple[str, Resource], ...]:
        """The roles that a user holds at a resource, with where each is held, nearest first. Raises UsageError."""
        held = self.held(checked_id(user, "user")) or {}
        places = self.places(checked_resource(resource))
        return tuple((rights.role, self.resource_at(place)) for place in places for rights in held.get(place, ()))

    def resource_at(self, place: Place) -> Resource:
        """The place with its tenant."""
        return Resource(self.tenant, *place)

    def _content(self) -> tuple[Any, ...]:
        held = {
            user: {place: frozenset(one.role for one in rights) for place, rights in places.items()}
            for user, places in self._held.items()
        }
        return self.tenant, self.roles, held, self._within, self.disabled, self.unknown.keys(), self.unlisted

    def _place(self, resource: Any) -> Place:
        checked = checked_resource(resource)
        if checked.tenant != self.tenant:
            why = f"{checked!r} is not of tenant {self.tenant}"
            raise UsageError("the resource of another tenant", why=why, remedy="give each tenant a graph of its own")
        return checked[1:]

    def _check_way(self, place: Place) -> None:
        """Each leads to the tenant in at most DEPTH_MAX steps, else it lies in itself."""
        at: Place | None = place
        for _ in range(DEPTH_MAX):
            at = self._within.get(at) if at is not None else None
            if at == TENANT:
                return
        named = self.resource_at(place)
        why = (
            f"{named} lies in something that is not named in `within`"
            if at is None
            else f"{named} lies in itself, or is more than {DEPTH_MAX} deep"
        )
        raise UsageError("the resources cannot be used", why=why, remedy="have each lead to Resource(tenant)")

    def _compiled(
        self, memberships: Iterable[Membership | tuple[Any, ...]], place_of: Callable[[Any], Place]
    ) -> dict[Id, dict[Place, tuple[Rights, ...]]]:
        """What each user holds, by place."""
        found: dict[Id, dict[Place, tuple[Rights, ...]]] = {}
        several: dict[tuple[str, ...], tuple[Rights, ...]] = {}  # kept once, too
        for one in memberships:
            user, role, at = _membership(one)
            who, rights = checked_id(user, "user"), self._rights(role)
            place = TENANT if at is None else place_of(at)
            if rights is None:
                self.unknown[who] = role_text(role or "")[:CHARACTERS_MAX]
                found.pop(who, None)
            if rights is None or who in self.disabled or who in self.unknown:
                continue
            held = found.setdefault(who, {})
            before = held.get(place, ())
            if rights not in before:
                names = (*(each.role for each in before), rights.role)
                held[place] = several.setdefault(names, (*before, rights))
        return found

    def _rights(self, role: Any) -> Rights | None:
        """None for a name that no role has. One bad row is its user's matter, and must not lock a tenant out."""
        return None if role is None else self.rights.get(role_text(role))


def _membership(given: Any) -> Membership:
    if isinstance(given, tuple) and len(given) in (2, 3):
        return Membership(*given)
    why = f"{given!r:.80} is not (user, role) or (user, role, resource)"
    raise UsageError("not a membership", why=why, remedy="pass Membership(user, role, at)")


def _by_name(roles: Iterable[Role]) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for role in bounded(roles, ROLES_MAX, "roles"):
        if not isinstance(role, Role):
            raise UsageError("not a role", why=f"{type(role).__name__}", remedy="pass Role(name, allow=[…])")
        if role.name in found:
            raise UsageError("which role?", why=f"{role.name!r} is there twice", remedy="name each role once")
        found[role.name] = role
    return found
