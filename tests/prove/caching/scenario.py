"""What a scenario is: who reads and writes what, and what befalls them meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.prove.caching.world import ITEMS, Kind

if TYPE_CHECKING:
    from tests.prove.caching.run import Run

ROWS: Final[Mapping[str, float]] = {"one": 4, "several": 2, "move": 2}


@dataclass(frozen=True, slots=True)
class Scenario:
    """`says` is what befalls; `fault` brings it about, over `seconds`, and then there are `calm_s` in which nobody
    writes, and the cache has to serve. `processes` read, the first of them with `threads` instead of an event loop.

    `pooled`: polls and fills go through PgBouncer in transaction mode, as a role that may read and nothing else.

    `writes` are kinds with weights, of `writers` who share the rows; `more` are writers with tables of their own.
    """

    name: str
    says: str
    seconds: float = 6.0
    calm_s: float = 0.7
    fault: "Callable[[Run], None] | None" = None
    processes: int = 2
    threads: int = 0
    readers: int = 4
    pause_s: float = 0.002
    shared: bool = False
    kinds: Sequence[Kind] = ("item", "org", "again")
    writes: Mapping[str, float] = field(default_factory=lambda: dict(ROWS))
    more: Sequence[str] = ()
    writers: int = 2
    items: Sequence[int] = range(ITEMS)
    write_pause_s: float = 0.05
    slow: tuple[float, float, float] = (0.2, 0.02, 0.02)
    tokens: bool = False
    tells: bool = False
    announces: bool = False
    standby: bool = False
    pooled: bool = False
    lossy: bool = False
    retain_s: float = 600.0
    options: Mapping[str, Any] = field(default_factory=dict)
    served_min: float = 0.5  # of the reads in the calm, those that the cache answered
