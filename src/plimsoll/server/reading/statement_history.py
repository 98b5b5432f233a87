"""What each of the heaviest statements did lately, look by look. In memory: the longer past is in no list of series."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.series.info import SeriesInfo, Unit
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow

STATEMENTS_MAX: Final = 200  # beyond it the one that was not seen for longest is forgotten
ROWS_NOTED: Final = 50  # of a look: the heaviest
LOOKS_MAX: Final = 360  # of a statement: an hour at the default period
PREFIX: Final = "statement_"
_NAMES: Final[Mapping[str, tuple[Unit, str]]] = {
    "statement_calls_per_s": ("1/s", "calls"),
    "statement_mean_ms": ("ms", "time a call"),
}


@dataclass(slots=True)
class _Past:
    times: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))
    calls: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))
    means: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))
    spans: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS_MAX))


@dataclass(frozen=True, slots=True)
class Lately:
    """What a statement came to since some moment; `first_s` is the first look that saw it."""

    query_id: str
    calls: float
    total_ms: float
    first_s: float


class StatementHistory:
    """By query id; where several users run a statement, of all of them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Past] = OrderedDict()

    def put(self, at_s: float, document: Mapping[str, Any]) -> None:
        """A look, as collectors document it."""
        seconds = document.get("seconds")
        if not seconds:
            return
        for name, (calls, total_ms) in _summed(document["rows"][:ROWS_NOTED]).items():
            past = self._known.setdefault(name, _Past())
            self._known.move_to_end(name)
            past.times.append(at_s)
            past.calls.append(calls / seconds)
            past.means.append(total_ms / max(1, calls))
            past.spans.append(seconds)
        while len(self._known) > STATEMENTS_MAX:
            self._known.popitem(last=False)

    def lately(self, since_s: float) -> list[Lately]:
        """Each statement that was seen since then, the heaviest first."""
        found = [_since(name, past, since_s) for name, past in self._known.items()]
        return sorted((one for one in found if one is not None), key=lambda one: -one.total_ms)

    def keys(self, statement: str) -> list[SeriesKey]:
        return [SeriesKey.of(name, query_id=statement) for name in _NAMES] if statement in self._known else []

    def window(self, key: SeriesKey, start_s: float, end_s: float) -> SeriesWindow:
        unit, meaning = _NAMES[key.name]
        past = self._known.get(key.label("query_id") or "", _Past())
        values = past.calls if key.name == "statement_calls_per_s" else past.means
        found = [(at, value) for at, value in zip(past.times, values, strict=True) if start_s <= at <= end_s]
        times, chosen = [at for at, _ in found], [value for _, value in found]
        return SeriesWindow(key, SeriesInfo(key.name, unit, "database", meaning), 0.0, times, chosen, chosen, chosen)


def _since(name: str, past: _Past, since_s: float) -> Lately | None:
    looks = zip(past.times, past.calls, past.means, past.spans, strict=True)
    counted = [(at, rate * span, mean) for at, rate, mean, span in looks if at >= since_s]
    calls = sum(count for _, count, _ in counted)
    if calls <= 0:
        return None
    return Lately(name, calls, sum(count * mean for _, count, mean in counted), counted[0][0])


def _summed(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[int, float]]:
    sums: dict[str, tuple[int, float]] = {}
    for row in rows:
        calls, total_ms = sums.get(str(row["query_id"]), (0, 0.0))
        sums[str(row["query_id"])] = calls + int(row["calls"]), total_ms + float(row["total_ms"])
    return sums
