"""Looking after workers that run: whether each answers, and what it uses."""

import asyncio
from collections.abc import Callable, Iterable

from plimsoll.scale.supervisor.probing import Probing, Reachable, probe
from plimsoll.scale.supervisor.processes import is_stopped, usage
from plimsoll.scale.supervisor.states import Answered, Event, Measured, Silent

RETRY_S_MAX = 1.0


async def watch(where: Reachable, pid: int, probing: Probing, start_s: float, tell: Callable[[Event], None]) -> None:
    """Tell of its first answer as soon as it comes, and before it what is answered by one that is not ready; then of
    each that comes or is missing. Ends by cancelling.

    At a socket that the keeper holds, one request waits for the worker to listen: none is repeated, no time is lost.
    """
    retry_s, status = probing.retry_s, 0
    while not (answer := await probe(where, probing.path, start_s)).ready:
        if answer.alive and answer.status != status:
            status = answer.status
            tell(Silent(where.name, pid, f"GET {probing.path} is answered {status}"))
        await asyncio.sleep(retry_s)
        retry_s = min(retry_s * 2, RETRY_S_MAX)
    tell(Answered(where.name, pid))
    while True:
        await asyncio.sleep(probing.every_s)
        answer = await probe(where, probing.path, probing.timeout_s)
        tell(Answered(where.name, pid) if answer.alive else Silent(where.name, pid, answer.why, is_stopped(pid)))


class Meter:
    """CPU and memory of workers, look by look."""

    def __init__(self) -> None:
        self.cpu_shares: dict[str, float] = {}  # of one core, between the last two looks
        self._seen: dict[str, tuple[int, float, float]] = {}  # pid, time, CPU seconds

    def look(self, workers: Iterable[tuple[str, int]], now: float) -> list[Measured]:
        """`workers` as names and process ids. What cannot be read is left out: it is unknown."""
        seen: dict[str, tuple[int, float, float]] = {}
        shares: dict[str, float] = {}
        measured = []
        for name, pid in workers:
            if (used := usage(pid)) is None:
                continue
            seen[name] = (pid, now, used.cpu_s)
            measured.append(Measured(name, pid, used.memory_bytes))
            before = self._seen.get(name)
            if before is not None and before[0] == pid and now > before[1]:
                shares[name] = max(0.0, used.cpu_s - before[2]) / (now - before[1])
        self._seen, self.cpu_shares = seen, shares
        return measured
