"""What active sessions wait for: samples become averages, and the pace keeps to what samples cost. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.details import WaitRow, document
from plimsoll.core.series.key import SeriesKey

CPU: Final = "CPU"
ROWS_SHOWN: Final = 50
KEYS_MAX: Final = 2_000  # pairs of a wait and a statement in one period; beyond, a statement is not told
SHARE_MAX: Final = 0.2  # of its slot that a sample may take
SHARE_EASY: Final = 0.05  # below which the pace is taken up again: at twice the pace it is still far from the limit


@dataclass
class Tally:
    """Samples of one period. `hidden` counts sessions that did not show what they do."""

    samples: int = 0
    hidden: int = 0
    counts: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """A sample: sessions by `kind` and `event` of their wait, and `query_id`. What waits for nothing computes."""
        self.samples += 1
        for row in rows:
            if row["hidden"]:
                self.hidden += row["sessions"]
                continue
            wait = CPU if row["kind"] is None else f"{row['kind']}:{row['event']}"
            key = (wait, row["query_id"])
            if key not in self.counts and len(self.counts) >= KEYS_MAX:
                key = (wait, None)
            self.counts[key] += row["sessions"]

    def by_class(self) -> dict[str, float]:
        """Average active sessions by the class of what they wait for; CPU is always among them."""
        classes = Counter({CPU: 0})
        for (wait, _), sessions in self.counts.items():
            classes[wait.partition(":")[0]] += sessions
        return {name: sessions / max(1, self.samples) for name, sessions in classes.items()}

    def detail(self, hz: float) -> Mapping[str, Any]:
        """Document "waits": those that most sessions were in first."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
        rows = [WaitRow(wait, query, count / max(1, self.samples)) for (wait, query), count in ranked[:ROWS_SHOWN]]
        return document(rows, left_out=len(ranked) - len(rows), samples=self.samples, hz=hz)


def values_of(by_class: Mapping[str, float], seen: set[str]) -> dict[SeriesKey, float]:
    """Every class that was ever seen has a value, so that a chart of all of them stacks."""
    names = sorted({*seen, *by_class})
    return {SeriesKey.of("database_active_sessions", wait=name): by_class.get(name, 0.0) for name in names}


def paced(hz: float, wanted_hz: float, sample_s: float) -> float:
    """The pace from now on: halved where a sample takes too much of its slot, taken up again where it takes little."""
    share = sample_s * hz
    if share > SHARE_MAX:
        return hz / 2
    return min(wanted_hz, hz * 2) if share < SHARE_EASY else hz
