"""What a fleet of workers is made of: states, limits, what can happen, what can be done. Values only."""

import math
from dataclasses import dataclass, fields
from enum import StrEnum

from plimsoll.core.errors import UsageError

MEGABYTE = 10**6


class State(StrEnum):
    """Of one worker's life; one that has ended for good is in none, it is gone."""

    ASKED = "asked for"  # the keeper was asked to start it
    STARTING = "starting"  # it runs and has not answered yet
    READY = "ready"
    DRAINING = "draining"  # nothing new comes to it, what it has in hand is let end
    STOPPING = "stopping"  # it was told to end
    BACKING_OFF = "backing off"  # it ended by itself and will be started again


SERVES_OR_WILL = frozenset({State.ASKED, State.STARTING, State.READY, State.BACKING_OFF})


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. A worker over `memory_bytes_max` or `age_s_max` is replaced; over twice the memory, at once."""

    start_s: float = 60.0  # from its start to its first answer
    drain_s: float = 30.0
    stop_s: float = 10.0  # from SIGTERM to SIGKILL
    hung_stop_s: float = 2.0  # the same for one that does not answer
    hung_s: float = 20.0  # without an answer, until it is taken for hung; one that was stopped is not given the time
    silent_max: int = 3  # and so many in a row must be missing: that time may have passed because we stood still
    settled_s: float = 5.0  # of readiness, after which a death is none at the start
    backoff_s: float = 0.5
    backoff_s_max: float = 30.0
    deaths_max: int = 5  # at the start and in a row, until the application is taken for broken
    trial_s: float = 10.0  # until one worker of a broken application is tried again; doubled each time
    trial_s_max: float = 600.0
    memory_bytes_max: int | None = None
    age_s_max: float | None = None
    workers_max: int = 256  # the keeper takes a few more children than that

    def __post_init__(self) -> None:
        for name, value in ((one.name, getattr(self, one.name)) for one in fields(self)):
            least = 0 if name.endswith(("_s", "_s_max")) else 1
            if value is not None and not (math.isfinite(value) and value >= least):
                raise UsageError(f"{name} of the workers' limits cannot be {value}", remedy=f"use {least} or more")


@dataclass(slots=True)
class Worker:
    """One place in the fleet: its name and socket stay, the process in it may change."""

    name: str
    generation: int
    state: State
    since: float  # when it came into this state
    pid: int | None = None
    began: float = 0.0  # when its process was started
    ready_at: float | None = None  # when its process first answered
    joined: bool = False  # whether traffic goes to it
    silent: int = 0
    unready: str = ""  # what it answers while it starts
    heard_at: float = 0.0  # when its process last answered
    deaths: int = 0  # of its processes, at their start, in a row
    starts: int = 0
    memory_bytes: int | None = None
    replaces: str | None = None  # whom it will relieve once it is ready
    outdated: str = ""  # why it is to be relieved
    again_at: float = 0.0  # while backing off: when it is started again
    passed_until: float = 0.0  # until when others take what waits at its socket: none may be started there before
    urgent: bool = False  # while draining and stopping: as little time as for one that hangs
    deadline: float = 0.0  # while stopping: when it is killed
    restart: bool = False  # while stopping: whether another process takes its place
    why: str = ""  # what happened to it last, in words

    @property
    def number(self) -> int:
        """3 of w3."""
        return int(self.name[1:])


# --- what can happen


@dataclass(frozen=True, slots=True)
class Want:
    """So many workers shall serve."""

    workers: int


@dataclass(frozen=True, slots=True)
class Started:
    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class NotStarted:
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """A worker that another supervisor left behind; without a `pid`, one that has died since, whose socket is held, or
    has ended since as it was told."""

    name: str
    pid: int | None
    generation: int
    age_s: float = 0.0
    told_to_end: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class Silent:
    """It did not answer in time, or with something that is no answer or, while it starts, with 500 and above.
    `stopped`: its process was, by a signal."""

    name: str
    pid: int
    why: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Died:
    """Its process ended, wanted or not. `how`: "exit code 1", "killed by SIGKILL"; `last` lines that it said."""

    name: str
    pid: int
    how: str
    last: tuple[str, ...] = ()
    blameless: bool = False  # it was taken along by something else


@dataclass(frozen=True, slots=True)
class Drained:
    """The balancer has nothing more of it in hand."""

    name: str


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    pid: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Reload:
    """New code or settings: replace every worker, one at a time."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Let everything end."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = Want | Started | NotStarted | Adopted | Answered | Silent | Died | Drained | Measured | Reload | Stop | Tick


# --- what can be done


@dataclass(frozen=True, slots=True)
class Start:
    name: str
    generation: int


@dataclass(frozen=True, slots=True)
class Join:
    """Send traffic to it."""

    name: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Send it nothing new; `Drained` when what it had is done."""

    name: str


@dataclass(frozen=True, slots=True)
class Pass:
    """What waits at its socket goes to others: it is dead, and none takes its place before `until`, by our clock."""

    name: str
    to: tuple[str, ...]
    until: float


@dataclass(frozen=True, slots=True)
class Signal:
    name: str
    pid: int
    number: int
    whole: bool = False  # what it has started, too


@dataclass(frozen=True, slots=True)
class Release:
    """It is gone: its socket is needed no longer."""

    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something a user should be able to read later; `said` by the process it is about, at its end."""

    text: str
    worker: str = ""
    said: tuple[str, ...] = ()


Action = Start | Join | Leave | Pass | Signal | Release | Note
