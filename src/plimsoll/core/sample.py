"""One measured outcome and the four times that make it honest."""

from typing import Literal, NamedTuple

StepKind = Literal["sql", "http", "transaction", "custom"]
STEP_KINDS: tuple[StepKind, ...] = ("sql", "http", "transaction", "custom")


class Sample(NamedTuple):
    """One step's (or, where `step` is None, one whole journey's) outcome. Times are monotonic nanoseconds.

    `scheduled` is when it should have begun, `ready` when we came to it, `started` when connection and request were
    in hand, `finished` when the answer was complete. `think_ns` is the time a journey spent thinking; a step's is 0.
    `error` is its error class (an SQLSTATE such as "40001", "timeout", "check: one row"), or None.
    """

    journey: str
    step: str | None
    user: int
    scheduled: int
    ready: int
    started: int
    finished: int
    think_ns: int = 0
    error: str | None = None

    @property
    def lag_ns(self) -> int:
        """How late we were: the generator's fault, the only thing that can make a run invalid."""
        return self.ready - self.scheduled

    @property
    def wait_ns(self) -> int:
        """Time for a free user, a pooled connection or a connect."""
        return self.started - self.ready

    @property
    def service_ns(self) -> int:
        """What the system under test took once it had the request."""
        return self.finished - self.started

    @property
    def latency_ns(self) -> int:
        """What somebody who arrived at `scheduled` lived through, thinking left out."""
        return self.finished - self.scheduled - self.think_ns
