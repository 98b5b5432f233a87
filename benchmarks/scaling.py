"""How long after saturation a new worker takes traffic, with `plimsoll serve` and its default policy.

    python benchmarks/scaling.py [--pairs 20] [--write]

Each step anew: one worker with half of what it carries for some ten seconds, then twice of it. Counted is from the
step, and from the arrival of the first request that had to wait, to the first answer of a new worker; less what that
worker took from the start of its process to its first answer, which is the application's own. What that takes without
us is measured before each step, to compare. Its requests wait and do not burn, so that a second worker carries as much
on any cores. In half of the steps the policy is told what a worker carries, in the other half it is not. The step comes
at any time between two decisions.
"""

import asyncio
import os
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._serving import PATIENCE_S, ROOT, serving
from benchmarks._tables import Row, finish, options
from benchmarks._waiting_app import CARRIES_PER_S, SERVICE_S
from plimsoll.scale.supervisor.launching import launch, worker_environment
from plimsoll.scale.supervisor.probing import Reachable, probe

APPLICATION = "benchmarks._waiting_app:app"
ADDED_S_MAX = 2.0
CALM_S = 10.0
DECIDES_S = 2.0
WAITED_S = 1.5 * SERVICE_S  # who took longer has waited
REQUEST = b"GET / HTTP/1.1\r\nhost: bench.test\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answered:
    """When it was to be sent, when it was answered, by whom ("" by HAProxy itself)."""

    scheduled: float
    finished: float
    worker: str
    status: str


@dataclass(slots=True)
class Load:
    """Requests as evenly as the rate says, whatever becomes of those before."""

    port: int
    rate: float
    answers: list[Answered] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)  # an answer of another worker than the first

    async def go(self) -> None:
        async with asyncio.TaskGroup() as group:
            at = time.monotonic()
            while True:
                await asyncio.sleep(at - time.monotonic())
                group.create_task(self._one(at))
                at += 1 / self.rate

    async def _one(self, scheduled: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(REQUEST)
            head = (await reader.read()).decode("ascii", "replace")
        finally:
            writer.close()
        worker = head.partition("x-worker: ")[2].partition("\r\n")[0]
        self.answers.append(Answered(scheduled, time.monotonic(), worker, head[9:12]))
        if worker not in ("", "w1"):
            self.came.set()


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds: the application's own start, without us and of the new worker; from the step, and from the first that
    waited, to the new worker."""

    apart_s: float
    own_s: float
    from_step_s: float
    from_waiting_s: float
    refused: int


async def own_start(folder: Path) -> float:
    """From the start of the process to its first answer, at a socket that listens already, as a worker's does."""
    made = launch([APPLICATION], cwd=folder)
    path = str(folder / "own.sock")  # goes with the folder, which is of this step
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        environ = {**worker_environment(made, "own"), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        argv, quiet = made.argv(str(listening.fileno())), asyncio.subprocess.DEVNULL
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *argv, pass_fds=[listening.fileno()], cwd=folder, env=environ, stdout=quiet, stderr=quiet
        )
        try:
            assert (await probe(Reachable("own", path=path), "/health", PATIENCE_S)).ready
            return time.monotonic() - began
        finally:
            process.kill()
            await process.wait()


async def step(folder: Path, calm_s: float, *words: str) -> Step:
    apart_s = await own_start(folder)
    async with serving(folder, APPLICATION, "--workers", "1..4", "--health", "/health", *words) as served:
        load = Load(served.port, CARRIES_PER_S / 2)
        going = asyncio.create_task(load.go())
        await asyncio.sleep(calm_s)
        if load.came.is_set():
            raise SystemExit("another worker came before the step")
        stepped, load.rate = time.monotonic(), 2 * CARRIES_PER_S
        async with asyncio.timeout(PATIENCE_S):
            await load.came.wait()
        going.cancel()
        await asyncio.wait([going])
        came, worker = min((one.finished, one.worker) for one in load.answers if one.worker not in ("", "w1"))
        own_s = float((await served.says(rf" {worker}: ready after ([\d.]+) s"))[1])
    waited = [one.scheduled for one in load.answers if one.finished - one.scheduled > WAITED_S]
    first = min((at for at in waited if at >= stepped), default=came)
    refused = sum(one.status != "200" for one in load.answers)
    return Step(apart_s, own_s, came - stepped, came - first, refused)


def rows(what: str, steps: list[Step]) -> list[Row]:
    return [
        _row(f"{what}: from the first that waits", [one.from_waiting_s - one.own_s for one in steps], bound=True),
        _row(f"{what}: from the step", [one.from_step_s - one.own_s for one in steps], bound=False),
    ]


def _row(what: str, took: list[float], *, bound: bool) -> Row:
    low, high = interval(took)
    ours = f"{median(took):.2f} s ({low:.2f}–{high:.2f}), at most {max(took):.2f} s"
    return Row(
        what, ours, bound=f"< {ADDED_S_MAX:g} s" if bound else "", kept=max(took) < ADDED_S_MAX if bound else None
    )


def interval(values: list[float], chance: Random | None = None) -> tuple[float, float]:
    """Of the median, 95 %, by resampling."""
    chance = chance or Random(1)
    medians = sorted(median(chance.choices(values, k=len(values))) for _ in range(2000))
    return medians[50], medians[-51]


def main() -> None:
    asked = options("From saturation to a new worker that takes traffic.", pairs=20).parse_args()
    chance, busy = Random(10), os.getloadavg()[0]
    told: list[Step] = []
    learned: list[Step] = []
    for _ in range(asked.pairs):
        for found, words in ((told, ("--capacity", f"{CARRIES_PER_S:g}")), (learned, ())):
            with TemporaryDirectory(prefix="plimsoll-benchmark-") as folder:
                found.append(asyncio.run(step(Path(folder), CALM_S + chance.random() * DECIDES_S, *words)))
    own, apart = (median(times) for times in zip(*((one.own_s, one.apart_s) for one in [*told, *learned]), strict=True))
    refused = sum(one.refused for one in [*told, *learned])
    steps = f"{asked.pairs} steps each, from {CARRIES_PER_S / 2:g} to {2 * CARRIES_PER_S:g} requests/s"
    start = f"{own:.1f} s (without us {apart:.1f} s)"
    notes = [
        f"{steps}; medians, in brackets their 95 % interval; less the application's own start, {start}",
        f"requests that were not answered with 200: {refused}; load average {busy:.1f} when it began",
    ]
    finish("scaling", [*rows("told what it carries", told), *rows("learned", learned)], notes=notes)


if __name__ == "__main__":
    main()
