"""How long to wait when the platform says so, and for how long to ask whether something is done."""

from collections.abc import Mapping
from time import monotonic

__all__ = ["PATIENCE_S", "monotonic", "pause_of"]

PATIENCE_S = 5.0  # whoever is told to wait for longer goes away


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Seconds, as Retry-After says; None where that is longer than somebody waits, or not said."""
    said = headers.get("retry-after") or ""
    return float(said) if said.isdecimal() and float(said) <= PATIENCE_S else None
