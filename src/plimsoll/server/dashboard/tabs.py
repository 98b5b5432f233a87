"""What each tab consists of."""

from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.server.dashboard import (
    alerts,
    analysis,
    cache,
    database,
    edge,
    load,
    more,
    overview,
    scaling,
    system,
    tuning,
)
from plimsoll.server.dashboard.slots import Slot

SLOTS: Final[Mapping[str, Sequence[Slot]]] = {
    "overview": overview.SLOTS,
    "system": system.SLOTS,
    "database": database.SLOTS,
    "cache": cache.SLOTS,
    "scaling": scaling.SLOTS,
    "edge": edge.SLOTS,
    "load": load.SLOTS,
    "analysis": analysis.SLOTS,
    "tuning": tuning.SLOTS,
    "alerts": alerts.SLOTS,
    "more": more.SLOTS,
}
