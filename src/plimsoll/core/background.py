"""What a server did of its own accord while a run went on: checkpoints and autovacuum, which cost the load. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

TABLES_SHOWN: Final = 5


class Worked(NamedTuple):
    """How often autovacuum has been at a table."""

    vacuums: int
    analyzes: int


@dataclass(frozen=True, slots=True)
class BackgroundCounts:
    """The server's counters at one moment: checkpoints, and autovacuum by table."""

    checkpoints: int
    tables: Mapping[str, Worked]


@dataclass(frozen=True, slots=True)
class Background:
    """What happened between two moments; `tables` are the first of those that autovacuum worked at."""

    checkpoints: int
    autovacuums: int
    autoanalyzes: int
    tables: tuple[str, ...]

    @classmethod
    def between(cls, before: BackgroundCounts | None, after: BackgroundCounts | None) -> "Background | None":
        """None where it is not known, as when the counters were reset meanwhile."""
        if before is None or after is None or after.checkpoints < before.checkpoints:
            return None
        none = Worked(0, 0)
        differences = {
            name: Worked(now.vacuums - old.vacuums, now.analyzes - old.analyzes)
            for name, now in after.tables.items()
            if now != (old := before.tables.get(name, none)) and now >= old
        }
        return cls(
            checkpoints=after.checkpoints - before.checkpoints,
            autovacuums=sum(max(0, work.vacuums) for work in differences.values()),
            autoanalyzes=sum(max(0, work.analyzes) for work in differences.values()),
            tables=tuple(sorted(differences, key=lambda name: _rank(name, differences[name]))[:TABLES_SHOWN]),
        )


def _rank(name: str, work: Worked) -> tuple[bool, int, str]:
    """The system's own tables last."""
    return name.startswith("pg_"), -sum(work), name
