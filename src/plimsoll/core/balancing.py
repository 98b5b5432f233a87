"""What a balancer tells of its servers and of itself, and what went on between two times that it was asked."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

State = Literal["up", "down", "held"]  # held: it gets nothing new because somebody said so


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the balancer started. `requests` were given to a server or, whole, arrived: a connection that asks nothing
    is none. `errors` are answers 5xx, whole also those of the balancer itself; `failures` got no answer of the
    server's, and may be counted twice; `retries` were sent again, of them `redispatched` to another one; `aborted` were
    given up by their clients; of `cut` the client saw the connection's end, before an answer or within it, since the
    server closed its own. `downs`: how often a server that had been up failed its checks.
    """

    requests: int = 0
    answers: int = 0
    errors: int = 0
    failures: int = 0
    retries: int = 0
    redispatched: int = 0
    aborted: int = 0
    cut: int = 0
    downs: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in _COUNTS))

    def since(self, before: "Counts") -> "Counts":
        """Never negative: who was counted anew has only what was counted since."""
        if any(getattr(self, name) < getattr(before, name) for name in _COUNTS):
            return self
        return Counts(*(getattr(self, name) - getattr(before, name) for name in _COUNTS))


_COUNTS: Final = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True, slots=True)
class Times:
    """In ms, means of the last 1,024 requests: in the queue, connecting, from then until the answer begins.

    HAProxy's total is none of them: it goes on while a client keeps its connection and asks nothing, and while a
    WebSocket is open."""

    queue_ms: float = 0.0
    connect_ms: float = 0.0
    response_ms: float = 0.0

    @property
    def total_ms(self) -> float:
        return self.queue_ms + self.connect_ms + self.response_ms


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """`in_flight`: requests at the server now; `queued`: those that wait for this one. `limit` and `weight` as told."""

    name: str
    state: State
    in_flight: int
    queued: int
    limit: int
    weight: int
    counts: Counts
    times: Times


@dataclass(frozen=True, slots=True)
class BalancerFigures:
    """`process` and `uptime_s` tell a restarted one. `in_flight` counts what is served and what waits, `queued` the
    latter alone, `connections` the clients.
    """

    process: int
    uptime_s: int
    algorithm: str
    connections: int
    in_flight: int
    queued: int
    counts: Counts
    times: Times
    servers: tuple[ServerFigures, ...]

    def server(self, name: str) -> ServerFigures | None:
        return next((one for one in self.servers if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Glance:
    """What costs so little that it can be asked several times a second. Since the balancer started so many requests
    have `arrived`, and were `answered`, by a server or by itself, so many of them `well` (no 5xx, which may be its
    own); `queued` wait now for any server."""

    arrived: int
    answered: int
    queued: int
    well: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """What went on in `seconds`. `refused`: answered by the balancer itself with an error, because nobody was free or
    nobody was there. `failures` of `servers` are requests that got no answer or half of one, and `lost` all of them:
    also of servers that are gone."""

    seconds: float
    whole: Counts
    refused: int
    servers: dict[str, Counts]
    lost: int = 0

    @property
    def rate_per_s(self) -> float:
        """Of requests that arrived, refused ones too."""
        return self.whole.requests / self.seconds

    @property
    def served_per_s(self) -> float:
        """By workers, whatever they answered."""
        return max(0, self.whole.answers - _own_errors(self.whole, self.servers.values())) / self.seconds


def passed(before: BalancerFigures, now: BalancerFigures, seconds: float) -> Passed:
    """Between two answers, `seconds` (above 0) apart. Of a balancer that was restarted between them only what it has
    counted since."""
    again = now.process != before.process or now.uptime_s < before.uptime_s
    whole = now.counts if again else now.counts.since(before.counts)
    counted = {one.name: _since(one, None if again else before.server(one.name)) for one in now.servers}
    servers = {name: replace(counts, failures=counts.cut + lost) for name, (counts, lost) in counted.items()}
    own = _own_errors(whole, servers.values())
    cut = max(whole.cut, sum(counts.cut for counts, _ in counted.values()))
    gone = whole.failures - whole.cut - sum(counts.failures - counts.cut for counts, _ in counted.values())
    lost = min(own, sum(lost for _, lost in counted.values()) + max(0, gone + 1) // 2)
    return Passed(seconds, whole, own - lost, servers, cut + lost)


def _own_errors(whole: Counts, servers: Iterable[Counts]) -> int:
    """That the balancer answered itself."""
    return max(0, whole.errors - sum(counts.errors for counts in servers))


def _since(now: ServerFigures, before: ServerFigures | None) -> tuple[Counts, int]:
    """What it counted, and how many requests got an error of the balancer's in place of its answer. HAProxy counts such
    a failure once or twice; and of requests without an answer some were given up by their clients."""
    counts = now.counts if before is None else now.counts.since(before.counts)
    had = 0 if before is None or counts is now.counts else before.in_flight
    unanswered = counts.requests - counts.answers - (now.in_flight - had)
    return counts, max(0, min(counts.failures - counts.cut, unanswered))
