"""What a run is asked for with, who follows it, and how it is stopped."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from plimsoll.core.goal import Goal
from plimsoll.core.interval import Interval
from plimsoll.core.profile import Profile
from plimsoll.runs.directory import RUNS_ROOT
from plimsoll.runs.facts import RunFacts
from plimsoll.workflows.checks import needs
from plimsoll.workflows.sharing import BESIDE_OTHERS, Sharing
from plimsoll.workflows.target import OpenTarget, TargetRequest

SAMPLES_BYTES_MAX = 2 << 30  # about 200 million samples


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Everything that was asked for.

    `cluster` is the address of a scheduler on whose workers the processes run; then `processes` are those of each,
    and `send` are files and folders beside the scenario that they need.
    `watched`: whether host and database are looked at meanwhile.
    `analyzed`: whether it is said at the end what held the run down.
    `series` is what the run should know of the series it belongs to, if it does.
    `ends_when` is asked after each interval why the load should end before its profile does; "" lets it go on.
    `served` is the name of the application behind `plimsoll serve` that is loaded; None: the environment's,
    else found by the URL.
    `reported`: whether report.html is made, which `plimsoll report` makes later where it is not.
    """

    scenario: Path
    profile: Profile
    where: TargetRequest
    goals: Sequence[Goal] = ()
    abort: Sequence[Goal] = ()
    seed: int = 1
    processes: int = 1
    connections: int | None = None
    connections_said: bool = False
    runs_root: Path = RUNS_ROOT
    samples_bytes_max: int = SAMPLES_BYTES_MAX
    cluster: str | None = None
    send: Sequence[Path] = ()
    sharing: Sharing = BESIDE_OTHERS
    series: Mapping[str, Any] = field(default_factory=dict)
    watched: bool = True
    analyzed: bool = False
    ends_when: Callable[[Interval], str] | None = None
    reported: bool = True
    served: str | None = None


def pool_size(request: RunRequest, opened: OpenTarget) -> int | None:
    """Connections of each process, shared by its users; None where each user has its own."""
    return needs.pool_size(request.connections, opened.environment, said=request.connections_said)


class Watcher(Protocol):
    """Who follows a run while it goes on, such as the terminal's live view. Called between intervals; must be quick."""

    def began(self, facts: RunFacts, profile: Profile) -> None: ...

    def measured(self, interval: Interval) -> None: ...


@dataclass(slots=True)
class StopRequest:
    """What the first Ctrl-C asks for. Once the load has begun it ends at once and what was measured is kept.

    Before that the work under way is cancelled (`asyncio.CancelledError` out of `run`), and nothing is kept.
    """

    event: asyncio.Event = field(default_factory=asyncio.Event)
    _preparing: asyncio.Task[Any] | None = None

    def ask(self) -> None:
        self.event.set()
        if self._preparing is not None:
            self._preparing.cancel()

    def cancels(self, task: asyncio.Task[Any] | None) -> None:
        """From now on `ask` cancels this task; with None it only sets the event."""
        self._preparing = task
