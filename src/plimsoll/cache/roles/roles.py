"""Roles of tenants, from the cache: asked on every request, read once for each version of a tenant's graph.

It fails closed. A graph is used only where the cache shows that nothing it rests on has changed for longer than the
cache's staleness, and for who carries a token, nothing that this token stands for; else it is loaded, and what loading
raises is raised. A graph that is stale is never used, whatever the cache does with other values.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from inspect import iscoroutinefunction
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from plimsoll.cache.cache import Cache
from plimsoll.cache.fill.filling import Filling, filling
from plimsoll.cache.fill.wish import Wish
from plimsoll.cache.roles import deciding
from plimsoll.cache.roles.deciding import Answer
from plimsoll.cache.roles.graph import RoleGraph
from plimsoll.cache.roles.resource import PLAIN, Id, Resource, checked_id, checked_resource, key_text
from plimsoll.cache.roles.session import Session
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.tag import checked_family, tag

TTL_S: Final = 300.0  # of a graph or session that nothing is known to have changed
KEYS_MAX: Final = 10_000  # of graphs, remembered; then all are forgotten
_NOTHING: Final = object()
_Check = Callable[[Any, Id], Any]

LoadGraph = Callable[[Any, Filling], RoleGraph] | Callable[[Any, Filling], Awaitable[RoleGraph]]
LoadSession = Callable[[Any, Filling], Session | None] | Callable[[Any, Filling], Awaitable[Session | None]]


class RolesUnknown(RefusedError):
    """Whether somebody may cannot be said without waiting; nothing is allowed by it."""


class Roles:
    """Who may do what. `load(tenant, filling)` reads a tenant's graph, `load_session(key, filling)` whose login it is.

    A graph carries the tag `family:tenant`, a session `session_family:key`, besides what is tagged while loading: what
    changes them has to write these tags. Both loaders are coroutine functions or both plain ones; with plain ones
    everything works without `await`, and the calling thread loads.
    """

    def __init__(
        self,
        cache: Cache,
        load: LoadGraph,
        load_session: LoadSession | None = None,
        *,
        family: str = "roles",
        session_family: str = "login",
        ttl_s: float = TTL_S,
    ) -> None:
        self._family, self._session_family = checked_family(family), checked_family(session_family)
        self._load, self._load_session = load, load_session
        self._ttl_s = Wish("", ttl_s).ttl_s
        self._keys: dict[Id, str] = {}
        self._audited = cache.is_audited
        if cache.staleness_s is None:
            why = "it was made with staleness_s=None, and would not hear of a role that is taken away"
            raise UsageError("roles need a cache that follows changes", why=why, remedy="make it with staleness_s=0.25")
        self._awaits = iscoroutinefunction(load)
        if load_session is not None and iscoroutinefunction(load_session) != self._awaits:
            why = "one of the loaders is a coroutine function and the other is not"
            raise UsageError("how are roles loaded?", why=why, remedy="make both of one kind")
        _claim(cache, family)
        self._cache = cache.namespace(f"{family}-of")

    # -- at once

    def can(self, user: Id, permission: str, resource: Resource) -> bool:
        """Whether the user may. Raises RolesUnknown where that has to be awaited: `acan`."""
        return deciding.can(self.graph(checked_resource(resource)[0]), user, permission, resource)

    def explain(self, user: Id, permission: str, resource: Resource) -> Answer:
        """Whether, and by which role and grant or denial. Raises RolesUnknown."""
        return deciding.explain(self.graph(checked_resource(resource)[0]), user, permission, resource)

    def permissions(self, user: Id, resource: Resource) -> frozenset[str]:
        """What they may do there, of what the roles name; wildcards may allow more. Raises RolesUnknown."""
        return deciding.permissions(self.graph(checked_resource(resource)[0]), user, resource)

    def held(self, user: Id, resource: Resource) -> tuple[tuple[str, Resource], ...]:
        """The roles that the user holds there, and where each is held, nearest first. Raises RolesUnknown."""
        return self.graph(checked_resource(resource)[0]).roles_of(user, resource)

    def graph(self, tenant: Id) -> RoleGraph:
        """The tenant's graph as it is now; do not keep it. Raises RolesUnknown, or what a plain loader raises."""
        key = self._graph_key(tenant)
        found = self._at_once(key)
        if found is _NOTHING:
            found = self._filled(key, self._family, checked_id(tenant, "tenant"), self._load, _graph_of)
        return cast(RoleGraph, found)

    def session(self, key: Id) -> Session | None:
        """Whose login it is; None where it has ended. Raises RolesUnknown, or what a plain loader raises."""
        which = checked_id(key, "session")
        held = f"session:{key_text(which)}"
        found = self._at_once(held)
        if found is _NOTHING:
            found = self._filled(held, self._session_family, which, self._sessions(), _session_of)
        return _lasting(found)

    # -- with waiting, where it must be loaded

    async def acan(self, user: Id, permission: str, resource: Resource) -> bool:
        """As `can`; loads what is not held. Raises what the loader raises."""
        return deciding.can(await self.load(checked_resource(resource)[0]), user, permission, resource)

    async def aexplain(self, user: Id, permission: str, resource: Resource) -> Answer:
        """As `explain`; loads what is not held. Raises what the loader raises."""
        return deciding.explain(await self.load(checked_resource(resource)[0]), user, permission, resource)

    async def apermissions(self, user: Id, resource: Resource) -> frozenset[str]:
        """As `permissions`; loads what is not held. Raises what the loader raises."""
        return deciding.permissions(await self.load(checked_resource(resource)[0]), user, resource)

    async def aheld(self, user: Id, resource: Resource) -> tuple[tuple[str, Resource], ...]:
        """As `held`; loads what is not held. Raises what the loader raises."""
        return (await self.load(checked_resource(resource)[0])).roles_of(user, resource)

    async def load(self, tenant: Id) -> RoleGraph:
        """The tenant's graph as it is now; do not keep it. Raises what the loader raises."""
        key = self._graph_key(tenant)
        found = self._at_once(key)
        if found is _NOTHING:
            found = await self._awaited(key, self._family, checked_id(tenant, "tenant"), self._load, _graph_of)
        return cast(RoleGraph, found)

    async def asession(self, key: Id) -> Session | None:
        """As `session`; loads what is not held. Raises what the loader raises."""
        which = checked_id(key, "session")
        held = f"session:{key_text(which)}"
        found = self._at_once(held)
        if found is _NOTHING:
            found = await self._awaited(held, self._session_family, which, self._sessions(), _session_of)
        return _lasting(found)

    def _at_once(self, key: str) -> Any:
        """What is held. Nothing within a fill: there it is fetched, so that a value made of it carries its tags; nor
        where hits are audited."""
        return _NOTHING if self._audited or filling() is not None else self._cache.get(key, _NOTHING)

    def _graph_key(self, tenant: Any) -> str:
        """Remembered, since to make it takes as long as half of a check."""
        known = self._keys.get(tenant) if type(tenant) in PLAIN else None
        if known is not None:
            return known
        whose = checked_id(tenant, "tenant")
        if len(self._keys) >= KEYS_MAX:
            self._keys.clear()
        return self._keys.setdefault(whose, f"graph:{key_text(whose)}")

    def _sessions(self) -> LoadSession:
        if self._load_session is None:
            why = "these roles were made without load_session"
            raise UsageError("whose session is it?", why=why, remedy="pass load_session to Roles")
        return self._load_session

    def _filled(self, key: str, family: str, subject: Id, load: Any, checked: _Check) -> Any:
        if self._awaits:
            why = "it is not held, or not known well enough what has changed since, and its loader has to be awaited"
            if filling() is not None:
                why = (
                    "what is made of it here is to be kept and has to carry its tags, and its loader has to be awaited"
                )
            raise RolesUnknown(
                f"{family} {subject} is not known at once", why=why, remedy="await acan, load or asession"
            )

        def fill(filling: Filling) -> Any:
            return checked(load(subject, filling), subject)

        return self._cache.fetch_wish_sync(self._wish(key, family, subject), fill)

    async def _awaited(self, key: str, family: str, subject: Id, load: Any, checked: _Check) -> Any:
        if not self._awaits:
            return self._filled(key, family, subject, load, checked)

        async def fill(filling: Filling) -> Any:
            return checked(await load(subject, filling), subject)

        return await self._cache.fetch_wish(self._wish(key, family, subject), fill)

    def _wish(self, key: str, family: str, subject: Id) -> Wish:
        """Of this process only: who can write into a second tier could give himself any role."""
        return Wish(self._cache.prefix + key, self._ttl_s, (tag(family, subject),), shared=False, pure=True)


_CLAIMED: WeakKeyDictionary[Cache, set[str]] = WeakKeyDictionary()


def _claim(cache: Cache, family: str) -> None:
    """Of a cache for one Roles: another's graphs would be found under the same keys."""
    claimed = _CLAIMED.setdefault(cache, set())
    if family in claimed:
        why = f"this cache has roles of the family {family!r} already"
        raise UsageError("whose roles are asked?", why=why, remedy="make Roles once, or give each a family of its own")
    claimed.add(family)


def _graph_of(found: Any, tenant: Id) -> RoleGraph:
    """What was loaded, if it is that tenant's: another's must not decide about this one."""
    if isinstance(found, RoleGraph) and found.tenant == tenant:
        return found
    what = f"that of tenant {found.tenant}" if isinstance(found, RoleGraph) else f"a {type(found).__name__}"
    why = f"the loader gave {what}"
    raise UsageError(f"no graph of tenant {tenant}", why=why, remedy="return RoleGraph(tenant, …) for what was asked")


def _session_of(found: Any, key: Id) -> Session | None:
    if found is None or isinstance(found, Session):
        return found
    why = f"the loader gave a {type(found).__name__}"
    raise UsageError(f"no session {key}", why=why, remedy="return Session(user, ends_at), or None where it has ended")


def _lasting(found: Any) -> Session | None:
    return found if found is not None and found.lasts(datetime.now(UTC)) else None
