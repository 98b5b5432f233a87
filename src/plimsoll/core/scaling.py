"""What somebody who serves an application tells: how many workers, why, what became of them; and what can be told.

Plain values, sent as JSON and read back checked. What is not known is None, and never 0. Times are seconds since 1970
where they are called `at` or `since`, shares are 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from plimsoll.core.json_values import Format

_FORMAT: Final = Format()


class _Told:
    """Written as JSON and read back; `of_json` raises CannotReadError, which is a ValueError."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        written: dict[str, Any] = _FORMAT.written(self)
        return written

    @classmethod
    def of_json(cls, data: Any) -> Self:
        return _FORMAT.read(cls, data)


@dataclass(frozen=True, slots=True)
class ScaledWorker(_Told):
    """`cpu_share` of one core. `why`: what happened to it last; `outdated`: why it is about to be replaced. `state` is
    the supervisor's word, `health` the balancer's ("up", "down", "held"; "" where it does not know it). `in_flight`
    counts what the worker has, `queued` what waits for this one. `requests` and `errors` (answers 5xx, or none) since
    metrics were reset.
    """

    name: str
    state: str
    generation: int
    pid: int | None = None
    age_s: float | None = None
    cpu_share: float | None = None
    memory_bytes: int | None = None
    starts: int = 0
    outdated: str = ""
    why: str = ""
    health: str = ""
    in_flight: int | None = None
    queued: int | None = None
    weight: int | None = None
    limit: int | None = None
    requests: int | None = None
    errors: int | None = None


@dataclass(frozen=True, slots=True)
class ScalingLimits(_Told):
    """`fixed`: the number stays, whatever the load. `workers_connected`: as many as the database has connections
    for."""

    workers_min: int
    workers_max: int
    fixed: bool = False
    workers_connected: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenApplication(_Told):
    """Why no worker is started: they die at their start. `last`: lines that the last of them said."""

    since: float
    reason: str
    last: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReloadStatus(_Told):
    """How far the last reload is: `state` is "under way", "done" (all that is wanted is ready, and nobody of the code
    before is left) or "given up", for the reason `why`. `old`: workers of the code before, those that still end
    included."""

    generation: int
    state: Literal["under way", "done", "given up"]
    old: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class BalancerTotals(_Told):
    """Counted since then: `errors` are answers 5xx of the application or none of it, `refused` those of the balancer
    itself, `retries` were sent again."""

    since: float
    requests: int = 0
    errors: int = 0
    refused: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class BalancerStatus(_Told):
    """Figures are None where the balancer does not answer (`trouble` says why); rates are of the last look.

    `in_flight` counts what is served and what waits, `queue` the latter alone. `weights`: those that were told.
    `admit_per_s`: what is let in, the rest is refused; None: everything is.
    """

    algorithm: str
    rate_per_s: float | None = None
    served_per_s: float | None = None
    refused_per_s: float | None = None
    in_flight: int | None = None
    queue: int | None = None
    connections: int | None = None
    latency_ms: float | None = None
    totals: BalancerTotals | None = None
    weights: Mapping[str, int] = field(default_factory=dict)
    admit_per_s: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseBudget(_Told):
    """The database's connections as a cap on workers. `others`: connections that are none of ours, None where nobody
    measures them. `workers_max`: as many fit in what is left. `measured_by`: "itself", or the monitor's address."""

    connections_max: int
    pool: int
    reserved: int
    others: float | None
    workers_max: int
    measured_by: str = ""


@dataclass(frozen=True, slots=True)
class FiguresStatus(_Told):
    """What a monitor tells who serves: `readings` by name, as far as they are fresh. `trouble`: which are missing or
    too old, and why."""

    where: str
    readings: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Forecast(_Told):
    """Yesterday's peak at today's level, for the next minutes. Not `believed` it is not acted on; `error` is its mean
    of the last hour. `expected_per_s` None: nothing is known of yesterday, or it is not believed."""

    expected_per_s: float | None
    error: float
    believed: bool


@dataclass(frozen=True, slots=True)
class WorkerCapacity(_Told):
    """Requests a second that a worker carries; `learned` while it runs, or told. None: not known yet."""

    one_per_s: float | None
    learned: bool


@dataclass(frozen=True, slots=True)
class Otherwise(_Told):
    """With `input` at `value` instead of `was`, all else the same, `wanted` workers had been decided: `text`."""

    input: str
    was: float
    value: float
    wanted: int
    text: str


@dataclass(frozen=True, slots=True)
class DecisionRecord(_Told):
    """`wanted` workers where there were `before`, by `rule`, in words `because`. `done` False: it was paused, and
    nothing was changed. `asked`: what the load alone asked for. `admit_per_s`: what could be let in, where limits keep
    fewer workers than that; None: everything.
    """

    at: float
    policy: str
    before: int
    wanted: int
    asked: int
    rule: str
    because: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    would_change: tuple[Otherwise, ...] = ()
    admit_per_s: float | None = None
    done: bool = True

    @property
    def summary(self) -> str:
        """One line: what is done, and why."""
        step = stepped(self.before, self.wanted)
        return f"{step}: {self.because}" if self.done else f"paused, else {step}: {self.because}"


def stepped(before: int, wanted: int) -> str:
    """What is done, in words."""
    if wanted != before:
        return f"{before} → {wanted} workers"
    return "1 worker stays" if wanted == 1 else f"{wanted} workers stay"


STARTED_AGAIN: Final = "; started again"
TRIED_AGAIN: Final = "; tried again later"
AGAIN: Final = (STARTED_AGAIN, TRIED_AGAIN)  # said of a worker that is lost, and of nothing else


@dataclass(frozen=True, slots=True)
class Happening(_Told):
    """What happened, to which worker ("" for the whole). `said`: the last lines of a process that ended."""

    at: float
    worker: str
    text: str
    said: tuple[str, ...] = ()

    @property
    def is_loss(self) -> bool:
        """Whether a worker ended, or was ended as it hung, that was to serve on."""
        return bool(self.worker) and any(words in self.text for words in AGAIN)


@dataclass(frozen=True, slots=True)
class ScalingHistory(_Told):
    """Both oldest first. `left_out`: so many older entries were not asked for."""

    decisions: tuple[DecisionRecord, ...]
    happenings: tuple[Happening, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class ScalingStatus(_Told):
    """Of one served application, at that time. `policy` its name, `decision` the last one, `figures` what a monitor
    tells it (None: it asks none), `reload` the last one (None: none was asked for)."""

    name: str
    at: float
    address: str
    pid: int
    policy: str
    limits: ScalingLimits
    paused: bool
    wanted: int
    ready: int
    generation: int
    broken: BrokenApplication | None
    workers: tuple[ScaledWorker, ...]
    balancer: BalancerStatus
    database: DatabaseBudget | None
    forecast: Forecast | None
    capacity: WorkerCapacity | None
    decision: DecisionRecord | None
    figures: FiguresStatus | None = None
    reload: ReloadStatus | None = None


@dataclass(frozen=True, slots=True)
class ScalingConfig(_Told):
    """What can be changed while it serves; `names` are those that this policy has, `told` those that were changed since
    it was started. None of these: `capacity_per_s` is learned, or the database's connections cap nothing.
    """

    policy: str
    workers_min: int
    workers_max: int
    connections_max: int | None = None
    connection_pool: int | None = None
    capacity_per_s: float | None = None
    start_s: float | None = None
    utilization: float | None = None
    seasonal: bool | None = None
    up_cooldown_s: float | None = None
    down_cooldown_s: float | None = None
    cpu_up: float | None = None
    cpu_down: float | None = None
    cpu_target: float | None = None
    names: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
