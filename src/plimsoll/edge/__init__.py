"""HTTP caching by the standard, static delivery, and invalidation from the row to the CDN.

Its names are loaded on first use, as those of `plimsoll.cache` are.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.core.errors import UsageError
    from plimsoll.edge.rules.policy import Policy
    from plimsoll.edge.serving.edge import Edge
    from plimsoll.edge.serving.settings import Settings
    from plimsoll.edge.static.app import Static
    from plimsoll.edge.store.entry import Limits
    from plimsoll.edge.store.purge import Purge, Reach

_HOMES = {
    "Edge": "plimsoll.edge.serving.edge",
    "Limits": "plimsoll.edge.store.entry",
    "Policy": "plimsoll.edge.rules.policy",
    "Purge": "plimsoll.edge.store.purge",
    "Reach": "plimsoll.edge.store.purge",
    "Settings": "plimsoll.edge.serving.settings",
    "Static": "plimsoll.edge.static.app",
    "UsageError": "plimsoll.core.errors",
}
__all__ = [
    "Edge",
    "Limits",
    "Policy",
    "Purge",
    "Reach",
    "Settings",
    "Static",
    "UsageError",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
