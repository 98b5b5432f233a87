"""Which statements of a workload could be kept, what for, and what to watch for it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from plimsoll.cache.queries.facts import Judgement, Watched


@dataclass(frozen=True, slots=True)
class Advised:
    """A statement with how often it was called and the milliseconds that took. `missing` is not watched yet."""

    query: str
    calls: int
    total_ms: float
    judgement: Judgement
    missing: tuple[Watched, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether it could be, if all that is missing were watched."""
        return not self.judgement.refused


@dataclass(frozen=True, slots=True)
class Advice:
    """The statements that took most time, the heaviest first. `total_ms` and `calls` are of all, looked at or not."""

    statements: tuple[Advised, ...]
    calls: int
    total_ms: float
    since: datetime | None = None

    def share_ms(self, some: Iterable[Advised]) -> float:
        """Of all time, 0 to 1."""
        return sum(one.total_ms for one in some) / self.total_ms if self.total_ms else 0.0

    def share_calls(self, some: Iterable[Advised]) -> float:
        """Of all calls, 0 to 1."""
        return sum(one.calls for one in some) / self.calls if self.calls else 0.0

    @property
    def kept(self) -> tuple[Advised, ...]:
        return tuple(one for one in self.statements if one.kept)

    @property
    def refused(self) -> Mapping[str, tuple[Advised, ...]]:
        """By reason, what took most time first."""
        found: dict[str, list[Advised]] = {}
        for one in self.statements:
            if not one.kept:
                found.setdefault(one.judgement.refused, []).append(one)
        heavy = sorted(found.items(), key=lambda item: -sum(one.total_ms for one in item[1]))
        return {reason: tuple(several) for reason, several in heavy}

    @property
    def to_watch(self) -> tuple[Watched, ...]:
        """Tables that statements which could be kept read and that are not watched, the most useful first."""
        gains: dict[Watched, float] = {}
        for one in self.kept:
            for table in one.missing:
                gains[table] = gains.get(table, 0.0) + one.total_ms
        return tuple(sorted(gains, key=lambda table: -gains[table]))
