"""The cases: a fault at an intensity on a platform under a load, and what a right diagnosis of it is. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from plimsoll.core.finding import Layer
from plimsoll.testing.shop.switches import Switches

Intensity = Literal["low", "medium", "high"]
Platform = Literal["sql", "http", "scribe"]
INTENSITIES: Sequence[Intensity] = ("low", "medium", "high")
HELD_BACK: Intensity = "medium"  # rules are tuned on the others

SQL_MIX: Mapping[str, float] = {"browse": 55, "account": 25, "buy": 15, "report": 5}
HTTP_MIX: Mapping[str, float] = {"browse": 55, "account": 25, "buy": 15, "report": 5}


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` journeys per second in an open loop, or `users` in a closed one. `mix` are weights of journeys."""

    rate: float | None = None
    users: int = 60
    mix: Mapping[str, float] = field(default_factory=lambda: SQL_MIX)
    seconds: float = 8.0
    warmup_s: float = 1.0
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`expected` are the kinds that are right, more than one only where the field calls it both ways. `with_` is what
    the fault is told. `server` chooses one: "plain", "disk", "crowded", "scribe". Without `expected` it is healthy;
    with "unknown" alone it is a fault that nothing which is watched can tell."""

    fault: str
    platform: Platform
    intensity: Intensity
    load: Load
    expected: Sequence[str]
    layers: Sequence[Layer] = ()
    with_: Mapping[str, Any] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches)
    server: str = "plain"

    @property
    def name(self) -> str:
        return f"{self.fault}/{self.platform}/{self.intensity}"

    @property
    def owned(self) -> bool:
        """Whether the load connects as the database's owner, too."""
        return self.server not in ("crowded", "scribe")

    @property
    def healthy(self) -> bool:
        return not self.expected

    @property
    def unseen(self) -> bool:
        return self.expected == ("unknown",)

    @property
    def held_back(self) -> bool:
        return self.intensity == HELD_BACK
