"""What somebody else measures, as `plimsoll watch` does: put here by who reads it, taken by who decides. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from plimsoll.core.scaling import FiguresStatus
from plimsoll.scale.policy.readings import Reading, Readings

READABLE: Final = ("cpu", "memory", "latency_s", "other_connections", "machine_memory")
CLIENTS_S_MAX: Final = 30.0  # a watch looks at its database every 10 s; what is older is not believed


class Clients(NamedTuple):
    """Connections of a database as a watch tells them: of all, of each (role, database), and how many there may be."""

    at: float
    usable: int
    all: int
    by_role: Mapping[tuple[str, str], int]


@dataclass(slots=True)
class Elsewhere:
    """`where` is told to people. `names`: the readings that are taken from there and from nowhere else, so that one
    that is missing is not another thing measured otherwise. `clients` None: not told, for the reason
    `missing["clients"]`."""

    where: str
    names: frozenset[str]
    found: Mapping[str, Reading] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    clients: Clients | None = None

    def heard(self, found: Mapping[str, Reading], missing: Mapping[str, str], clients: Clients | None) -> None:
        self.found, self.missing, self.clients = found, missing, clients

    def into(self, readings: Readings) -> None:
        """Others' connections are the budget's to reckon with."""
        readings.missing = {name: why for name, why in self.missing.items() if name in self.names}
        for name in self.names - {"other_connections"}:
            setattr(readings, name, self.found.get(name))

    def others(self, now: float) -> Reading | None:
        """Others' connections, where they are told and fresh."""
        told = Readings(now, 0, other_connections=self.found.get("other_connections"))
        return None if told.fresh("other_connections") is None else told.other_connections

    def clients_at(self, now: float) -> Clients | None:
        """None where they are not told, or too old to be believed."""
        return None if self.clients is None or now - self.clients.at > CLIENTS_S_MAX else self.clients

    def status(self, now: float) -> FiguresStatus:
        """What is told of it at that time. Values that are too old to go by are trouble."""
        told = Readings(now, 0)
        self.into(told)
        told.other_connections = self.found.get("other_connections")
        troubles = [text for name in sorted(self.names) if (text := told.trouble(name))]
        if (why := self.missing.get("clients", "")) and self.clients_at(now) is None:
            troubles.append(f"the database's connections are not told ({why})")
        return FiguresStatus(self.where, dict(told.given()), _short(troubles))


def _short(troubles: Iterable[str]) -> str:
    """Of a monitor that is away every reading has the same reason: it is said once."""
    said: list[str] = []
    for text in troubles:
        what, _, why = text.partition(" (")
        said.append(what if why and any(why in one for one in said) else text)
    return "; ".join(said)
