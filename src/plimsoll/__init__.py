"""Plimsoll finds how much load a PostgreSQL-backed platform carries, says what holds it down, and proves the fix.

Its names are loaded on first use: a web worker that imports one part must not load the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.load.language import feed
    from plimsoll.load.language.declaring import journey, reset, setup, start, teardown
    from plimsoll.load.language.scenario import StepFailed
    from plimsoll.settings.masking import mask
    from plimsoll.workflows.demo import Acting, CachedDemo, Changing, Demo, EdgedDemo, ScaledDemo, Served, Workers

__version__ = "0.1.0"
__all__ = [
    "Acting",
    "CachedDemo",
    "Changing",
    "Demo",
    "EdgedDemo",
    "ScaledDemo",
    "Served",
    "StepFailed",
    "Workers",
    "__version__",
    "feed",
    "journey",
    "mask",
    "reset",
    "setup",
    "start",
    "teardown",
]

_DECORATORS = ("journey", "reset", "setup", "start", "teardown")
_HOMES = {
    "Acting": "plimsoll.workflows.demo",
    "CachedDemo": "plimsoll.workflows.demo",
    "Changing": "plimsoll.workflows.demo",
    "Demo": "plimsoll.workflows.demo",
    "EdgedDemo": "plimsoll.workflows.demo",
    "ScaledDemo": "plimsoll.workflows.demo",
    "Served": "plimsoll.workflows.demo",
    "Workers": "plimsoll.workflows.demo",
    "StepFailed": "plimsoll.load.language.scenario",
    "mask": "plimsoll.settings.masking",
} | dict.fromkeys(_DECORATORS, "plimsoll.load.language.declaring")


def __getattr__(name: str) -> object:
    if name == "feed":
        return import_module("plimsoll.load.language.feed")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
