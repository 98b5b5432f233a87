"""A cache of two tiers that says how stale it may be.

Its names are loaded on first use: a web worker that imports it loads neither a driver nor an event loop.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.cache.cache import Cache, Namespace
    from plimsoll.cache.fill.filling import Filling, filling
    from plimsoll.cache.queries.query_cache import QueryCache
    from plimsoll.cache.roles.deciding import Answer, Cause
    from plimsoll.cache.roles.graph import Membership, RoleGraph
    from plimsoll.cache.roles.resource import Resource
    from plimsoll.cache.roles.role import Role
    from plimsoll.cache.roles.roles import Roles, RolesUnknown
    from plimsoll.cache.roles.session import Session
    from plimsoll.cache.shared.tier import SharedTier
    from plimsoll.cache.status import Status
    from plimsoll.cache.store.entry import Limits
    from plimsoll.cache.tokens import Token
    from plimsoll.core.errors import UsageError
    from plimsoll.core.tag import table_tag, tag, whole

_HOMES = {
    "Answer": "plimsoll.cache.roles.deciding",
    "Cache": "plimsoll.cache.cache",
    "Cause": "plimsoll.cache.roles.deciding",
    "Filling": "plimsoll.cache.fill.filling",
    "Limits": "plimsoll.cache.store.entry",
    "Membership": "plimsoll.cache.roles.graph",
    "Namespace": "plimsoll.cache.cache",
    "SharedTier": "plimsoll.cache.shared.tier",
    "QueryCache": "plimsoll.cache.queries.query_cache",
    "Resource": "plimsoll.cache.roles.resource",
    "Role": "plimsoll.cache.roles.role",
    "RoleGraph": "plimsoll.cache.roles.graph",
    "Roles": "plimsoll.cache.roles.roles",
    "RolesUnknown": "plimsoll.cache.roles.roles",
    "Session": "plimsoll.cache.roles.session",
    "Status": "plimsoll.cache.status",
    "Token": "plimsoll.cache.tokens",
    "UsageError": "plimsoll.core.errors",
    "filling": "plimsoll.cache.fill.filling",
    "table_tag": "plimsoll.core.tag",
    "tag": "plimsoll.core.tag",
    "whole": "plimsoll.core.tag",
}
__all__ = [
    "Answer",
    "Cache",
    "Cause",
    "Filling",
    "Limits",
    "Membership",
    "Namespace",
    "QueryCache",
    "Resource",
    "Role",
    "RoleGraph",
    "Roles",
    "RolesUnknown",
    "Session",
    "SharedTier",
    "Status",
    "Token",
    "UsageError",
    "filling",
    "table_tag",
    "tag",
    "whole",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
