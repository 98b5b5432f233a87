"""Values as they look in life, where a column's meaning is known."""

from plimsoll.data.plausible.making import plausible

__all__ = ["plausible"]
