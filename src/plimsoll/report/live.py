"""A run while it runs: what its last seconds looked like, as a view that fits 80 × 24 or as one plain line."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.units import format_count, format_duration, format_ms, format_rate, format_share
from plimsoll.report.words import per_second, plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

WINDOW_S: Final = 5.0  # what "now" means: figures are of so many last seconds
WINDOW_INTERVALS_MAX: Final = 50
TREND_POINTS_MAX: Final = 36  # of a sparkline, one for an interval; what fits 80 columns beside a rate of 12,345
_BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class LiveState:
    """What the live view knows: facts given at the start, and what `add` folds in. Memory is bounded.

    `planned_s` is the length of the load with its warm-up, None where it ends otherwise (iterations). `elapsed_s` may
    be set between intervals so that time moves on; `note` is a word on what happens now ("stopping"). Lag is known
    of an open loop only.
    """

    scenario: str
    environment: str = ""
    profile: str = ""
    planned_s: float | None = None
    planned_journeys: int | None = None
    open_loop: bool = True
    elapsed_s: float = 0.0
    note: str = ""
    requests: int = 0
    errors: int = 0
    dropped: int = 0
    incomplete: int = 0
    journeys: int = 0
    reconnects: int = 0
    _recent: deque[Interval] = field(default_factory=lambda: deque(maxlen=WINDOW_INTERVALS_MAX))
    _rates: deque[float | None] = field(default_factory=lambda: deque(maxlen=TREND_POINTS_MAX))
    _p95s_ms: deque[float | None] = field(default_factory=lambda: deque(maxlen=TREND_POINTS_MAX))

    def add(self, interval: Interval) -> None:
        """Folds in the next interval, of all processes together. Warm-up counts here: it is what happens."""
        self.requests += interval.requests
        self.errors += interval.errors
        self.dropped += interval.dropped
        self.incomplete += interval.incomplete
        self.journeys += _finished(interval)
        self.reconnects += interval.reconnects
        end_s = interval.start_s + interval.width_s
        self.elapsed_s = max(self.elapsed_s, end_s)
        self._recent.append(interval)
        while self._recent[0].start_s < end_s - WINDOW_S - 1e-6:
            self._recent.popleft()
        self._rates.append(_finished(interval) / interval.width_s if interval.width_s else None)
        self._p95s_ms.append(_ms(_latency([interval]).quantile_us(0.95)))

    @property
    def now(self) -> "Now":
        return Now.of(list(self._recent))

    @property
    def rates(self) -> list[float | None]:
        """Journeys per second of the last intervals, oldest first."""
        return list(self._rates)

    @property
    def p95s_ms(self) -> list[float | None]:
        return list(self._p95s_ms)

    @property
    def progress(self) -> float | None:
        """The share that is done (0..1), None where nothing tells."""
        if self.planned_s:
            return min(1.0, self.elapsed_s / self.planned_s)
        return min(1.0, self.journeys / self.planned_journeys) if self.planned_journeys else None


@dataclass(frozen=True, slots=True)
class Now:
    """Figures of the last seconds; None is unknown. Rates per second, times in ms."""

    warmup: bool
    users: int | None
    target_users: int | None
    journeys_per_s: float | None
    target_rate_per_s: float | None
    requests_per_s: float | None
    errors: int
    error_rate: float | None
    dropped: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    lag_p99_ms: float | None

    @classmethod
    def of(cls, recent: list[Interval]) -> "Now":
        last = recent[-1] if recent else None
        seconds = sum(interval.width_s for interval in recent)
        requests = sum(interval.requests for interval in recent)
        errors = sum(interval.errors for interval in recent)
        latency = _latency(recent)
        lag = Histogram.merged(interval.lag for interval in recent)
        return cls(
            warmup=last.warmup if last else False,
            users=last.users if last else None,
            target_users=last.target_users if last else None,
            journeys_per_s=sum(map(_finished, recent)) / seconds if seconds else None,
            target_rate_per_s=last.target_rate_per_s if last else None,
            requests_per_s=requests / seconds if seconds else None,
            errors=errors,
            error_rate=errors / requests if requests else None,
            dropped=sum(interval.dropped for interval in recent),
            p50_ms=_ms(latency.quantile_us(0.5)),
            p95_ms=_ms(latency.quantile_us(0.95)),
            p99_ms=_ms(latency.quantile_us(0.99)),
            lag_p99_ms=_ms(lag.quantile_us(0.99)),
        )


class LiveView:
    """What `rich.live.Live` draws anew at each refresh."""

    def __init__(self, state: LiveState) -> None:
        self.state = state

    def __rich__(self) -> "RenderableType":
        return live_view(self.state)


def live_line(state: LiveState) -> str:
    """One plain line: "  15 s  10 users  312/s (of 320/s)  p50 4.10 ms  p95 …  errors 0  dropped 0  lag p99 …"."""
    now = state.now
    parts = [
        f"{format_duration(round(state.elapsed_s)):>6}",
        *(["warm-up"] if now.warmup else []),
        f"{format_count(now.users)} {'user' if now.users == 1 else 'users'}",
        _rate_of_target(now),
        *(
            f"{name} {format_ms(value)}"
            for name, value in (("p50", now.p50_ms), ("p95", now.p95_ms), ("p99", now.p99_ms))
        ),
        f"errors {format_count(state.errors)}",
        f"dropped {format_count(state.dropped)}",
        f"lag p99 {_lag(state, now)}",
        *([state.note] if state.note else []),
    ]
    return "  ".join(parts)


def live_view(state: LiveState) -> "RenderableType":
    """At most 14 lines of 80 columns."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    now = state.now
    title = " · ".join(plain(part, 30) for part in (state.scenario, state.environment, state.profile) if part)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for style in ("dim", "", ""):
        table.add_column(style=style, no_wrap=True)
    table.add_row("users", Text(_users(now)), "")
    table.add_row("rate", Text(_rate_of_target(now)), _trend(state.rates, "blue"))
    table.add_row("requests", Text(format_rate(now.requests_per_s)), "")
    table.add_row("p50", Text(format_ms(now.p50_ms)), "")
    table.add_row("p95", Text(format_ms(now.p95_ms)), _trend(state.p95s_ms, "dark_orange"))
    table.add_row("p99", Text(format_ms(now.p99_ms)), "")
    table.add_row("errors", _failing(state.errors, _share_now(now)), "")
    table.add_row("dropped", _failing(state.dropped, f"{format_count(now.dropped)} now"), "")
    table.add_row("lag p99", Text(_lag(state, now)), "")
    return Group(Text(title, style="bold", no_wrap=True, overflow="ellipsis"), _progress(state, now), Text(""), table)


def _progress(state: LiveState, now: Now) -> "RenderableType":
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    words = Text(_phase(state, now), no_wrap=True)
    share = state.progress
    if share is None:
        return words
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_row(ProgressBar(total=1.0, completed=share, width=30, complete_style="blue", finished_style="blue"), words)
    return row


def _phase(state: LiveState, now: Now) -> str:
    elapsed = format_duration(round(state.elapsed_s))
    if state.planned_s:
        left = f"{elapsed}, {format_duration(max(0, round(state.planned_s - state.elapsed_s)))} left"
    elif state.planned_journeys:
        left = f"{elapsed}, {format_count(state.journeys)} of {format_count(state.planned_journeys)} journeys"
    else:
        left = elapsed
    return " · ".join(part for part in (left, "warm-up" if now.warmup else "", plain(state.note, 40)) if part)


def _lag(state: LiveState, now: Now) -> str:
    return format_ms(now.lag_p99_ms if state.open_loop else None)


def _users(now: Now) -> str:
    of = "" if now.target_users is None or now.target_users == now.users else f" of {format_count(now.target_users)}"
    return f"{format_count(now.users)}{of}"


def _rate_of_target(now: Now) -> str:
    of = "" if now.target_rate_per_s is None else f" (of {format_rate(now.target_rate_per_s)})"
    return f"{per_second(now.journeys_per_s, 'journeys')}{of}"


def _share_now(now: Now) -> str:
    return f"{format_share(now.error_rate)} now"


def _failing(count: int, detail: str) -> "Text":
    from rich.text import Text

    return Text(f"{format_count(count)}, {detail}", style="bold red") if count else Text("0")


def _trend(values: list[float | None], style: str) -> "Text":
    from rich.text import Text

    return Text(sparkline(values), style=style)


def sparkline(values: list[float | None]) -> str:
    """A character for each value, from 0 up to the greatest; unknown is a space."""
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(" " if value is None else _BARS[min(7, int(8 * value / top)) if top else 0] for value in values)


def _finished(interval: Interval) -> int:
    return sum(journey.count for journey in interval.journeys.values())


def _latency(intervals: list[Interval]) -> Histogram:
    return Histogram.merged(step.latency for interval in intervals for step in interval.steps.values())


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000
