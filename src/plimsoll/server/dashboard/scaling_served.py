"""The served applications of a reading, and the one that a place is about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from plimsoll.server.dashboard.place import Place
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.scaling_lines import worst_first

KIND: Final = "scaling"
Row = Mapping[str, Any]


def served(reading: Reading) -> Sequence[Row]:
    """The worst first."""
    return worst_first(reading.rows(KIND))


def chosen(reading: Reading, place: Place) -> Row | None:
    """The one that the place names; where it names none, the worst."""
    rows = served(reading)
    return next((row for row in rows if place.served in ("", row["served"])), None)


def settled(place: Place, reading: Reading) -> Place:
    """A place that names none of those that are served is about the worst, and stays with it, whatever comes."""
    if place.tab != "scaling" or place.served:
        return place
    row = chosen(reading, place)
    return place if row is None else replace(place, served=row["served"])


def answering(reading: Reading, place: Place) -> Row | None:
    """The chosen one's status, unless it is not of now."""
    row = chosen(reading, place)
    return row["status"] if row is not None and row["standing"] == "up" and not reading.lapsed(KIND) else None
