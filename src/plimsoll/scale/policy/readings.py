"""What a policy is told: measured values with their age. Any may be missing, stale or broken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple

FRESH_S: Final = 10.0  # an older reading is as good as none; five ticks of two seconds
VALUE_MAX: Final = 1e12  # a larger one is a mistake of who measures
AHEAD_S: Final = 1.0  # a reading may be younger than `now` by so much, where clocks are read apart


class Reading(NamedTuple):
    """A value and the time, on the clock of `now`, up to which it was measured."""

    value: float
    at: float


@dataclass(slots=True)
class Readings:
    """What is known at `now` (seconds of a clock that never goes back). Values that are rates or shares are means
    since the readings before. Treat it as a value: policies never change it.

    `ready` workers take requests, `starting` ones will. `rate`: requests a second that arrived, refused ones too;
    `served`: that were answered. `in_flight`: requests that are served or wait; `queue`: those that wait. `cpu`,
    `memory`: 0 to 1, mean of the ready workers. `latency_s`: of requests answered lately, a mean or a percentile as who
    measures has it. `other_connections`: of the database, not our workers'. `machine_memory`: 0 to 1, of the machine
    that the workers share, whoever uses it. `settled`: none of the ready workers stood still meanwhile, so that what
    was served is what they carry.
    """

    now: float
    ready: int
    starting: int = 0
    rate: Reading | None = None
    served: Reading | None = None
    in_flight: Reading | None = None
    queue: Reading | None = None
    cpu: Reading | None = None
    memory: Reading | None = None
    latency_s: Reading | None = None
    other_connections: Reading | None = None
    machine_memory: Reading | None = None
    missing: Mapping[str, str] = field(default_factory=dict)  # why, by name, where who reads it knows
    settled: bool = True

    @property
    def workers(self) -> int:
        return self.ready + self.starting

    def fresh(self, name: str) -> float | None:
        """The value; None where it is missing, too old, from the future, negative, beyond VALUE_MAX or no number."""
        reading: Reading | None = getattr(self, name)
        if reading is None:
            return None
        value, at = reading
        if not 0 <= value <= VALUE_MAX or not -AHEAD_S <= self.now - at <= FRESH_S:
            return None
        return value

    def trouble(self, name: str) -> str:
        """Why there is no value, in words; "" where there is one."""
        reading: Reading | None = getattr(self, name)
        if reading is None:
            why = self.missing.get(name, "")
            return f"{NAMES[name]} was not measured{f' ({why})' if why else ''}"
        if not 0 <= reading.value <= VALUE_MAX:
            return f"{NAMES[name]} is {reading.value:g}, which cannot be"
        age = self.now - reading.at
        if age > FRESH_S:
            return f"{NAMES[name]} is {age:.0f} s old"
        return f"{NAMES[name]} is from the future" if age < -AHEAD_S else ""

    def given(self) -> Iterator[tuple[str, float]]:
        """The fresh ones, by their names."""
        for name in NAMES:
            if (value := self.fresh(name)) is not None:
                yield name, value


NAMES: Final = {
    "rate": "the rate of requests",
    "served": "the rate of answers",
    "in_flight": "the number of requests in flight",
    "queue": "the queue",
    "cpu": "the CPU",
    "memory": "the memory",
    "latency_s": "the latency",
    "other_connections": "the number of other database connections",
    "machine_memory": "the machine's memory",
}
assert set(NAMES) == {one.name for one in fields(Readings)} - {"now", "ready", "starting", "missing", "settled"}
