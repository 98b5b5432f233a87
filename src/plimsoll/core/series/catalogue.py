"""Every series by its name. What an application tells of itself is in no catalogue; its unit is read off its name."""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.series.cache import CACHE
from plimsoll.core.series.database import DATABASE
from plimsoll.core.series.edge import EDGE
from plimsoll.core.series.generator import GENERATOR
from plimsoll.core.series.host import HOST, PROCESS, WATCH
from plimsoll.core.series.info import SeriesInfo, Unit
from plimsoll.core.series.scaling import SCALING

CATALOGUE: Final[Mapping[str, SeriesInfo]] = {
    info.name: info for info in (*HOST, *PROCESS, *DATABASE, *CACHE, *SCALING, *EDGE, *GENERATOR, *WATCH)
}

APPLICATION_PREFIX: Final = "application_"  # before the name that the application's own endpoint gives
_UNITS: Final[tuple[tuple[str, Unit], ...]] = (
    ("_bytes_per_s", "bytes/s"), ("_seconds_per_s", "s"), ("_per_s", "1/s"), ("_bytes", "bytes"),
    ("_percent", "percent"), ("_seconds", "s"), ("_ms", "ms"),
)  # fmt: skip


def info_of(name: str) -> SeriesInfo:
    """What is known of a series of this name."""
    known = CATALOGUE.get(name)
    if known is not None:
        return known
    unit: Unit = next((unit for end, unit in _UNITS if name.endswith(end)), "count")
    return SeriesInfo(name, unit, "application", "as the application tells it")
