"""HTTP caching by the standard, static delivery, and invalidation from the row to the CDN.

Its names are loaded on first use, as those of `plimsoll.cache` are.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.edge.static.app import Static

_HOMES = {
    "Static": "plimsoll.edge.static.app",
}
__all__ = [
    "Static",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
