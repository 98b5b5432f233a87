"""What looking after idle workers costs, beside uvicorn's own supervisor with as many.

    python benchmarks/supervising.py [--seconds 20] [--pairs 3] [--write]

CPU time and resident memory of the processes that look after workers, not of the workers. Ours are `plimsoll serve`
with all that it does (the command, its policy, looks at HAProxy four times a second, its control socket) and its
keeper, and apart the HAProxy, which asks each worker five times a second; uvicorn's is the parent. Pages that two of
them share count twice. And, of ours, how long it takes from kill -9 of a worker to the next answer at its socket.
"""

import asyncio
import contextlib
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from benchmarks._serving import serving
from benchmarks._tables import Row, finish, options
from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.probing import Reachable, probe

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 8
CPU_MAX, MEMORY_MB_MAX = 0.01, 60
SETTLE_S = 3.0
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU as a share of one core, memory in 10**6 bytes, of HAProxy alone, seconds from a kill to the next answer."""

    cpu: float
    memory_mb: float
    haproxy_cpu: float = 0.0
    haproxy_mb: float = 0.0
    again_s: float = 0.0


@contextlib.asynccontextmanager
async def started(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=nothing, cwd=ROOT, env=environ
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def cost(looking: list[psutil.Process], seconds: float) -> tuple[float, float]:
    await asyncio.sleep(SETTLE_S)
    began, before = time.monotonic(), cpu_s(looking)
    await asyncio.sleep(seconds)
    share = (cpu_s(looking) - before) / (time.monotonic() - began)
    return share, sum(one.memory_info().rss for one in looking) / 1e6


def cpu_s(processes: list[psutil.Process]) -> float:
    return float(sum(used.user + used.system for used in (one.cpu_times() for one in processes)))


async def killed(where: Reachable, pid: int) -> float:
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    await answers(where, 0.001)
    return time.monotonic() - began


async def answers(where: Reachable, look_s: float) -> None:
    while not (await probe(where, "/", START_S)).alive:  # noqa: ASYNC110 -- it is another process
        await asyncio.sleep(look_s)


async def ours(workers: int, seconds: float) -> Cost:
    with TemporaryDirectory(prefix="plimsoll-benchmark-") as folder:
        several = f"{workers}..{2 * workers}"  # so that the policy has something to decide
        async with serving(Path(folder), "benchmarks._idle_app:app", "--workers", several) as served:
            looking = psutil.Process(served.process.pid)
            (keeper,) = looking.children()
            haproxy, *pids = sorted(keeper.children(), key=lambda one: one.name() != "haproxy")
            (first,) = [one.pid for one in pids if one.environ()["PLIMSOLL_WORKER"] == "w1"]
            (cpu, memory_mb), (its_cpu, its_mb) = await asyncio.gather(
                cost([looking, keeper], seconds), cost([haproxy], seconds)
            )
            path = str(places.prepare(served.state.parent, served.state.name).socket("w1"))
            again_s = await killed(Reachable("w1", path=path), first)
    return Cost(cpu, memory_mb, its_cpu, its_mb, again_s)


async def uvicorns(workers: int, seconds: float) -> Cost:
    with TemporaryDirectory() as root:
        where = Reachable("uvicorn", path=f"{root}/u.sock")
        command = (sys.executable, "-m", "uvicorn", "benchmarks._idle_app:app", "--no-access-log", "--uds", where.path)
        async with started(*command, "--workers", str(workers)) as process:
            await answers(where, 0.05)
            cpu, memory_mb = await cost([psutil.Process(process.pid)], seconds)
    return Cost(cpu, memory_mb)


def main() -> None:
    asked = options("What looking after idle workers costs.", pairs=3, seconds=20.0).parse_args()
    mine, theirs = [], []
    for _ in range(asked.pairs):
        mine.append(asyncio.run(ours(WORKERS, asked.seconds)))
        theirs.append(asyncio.run(uvicorns(WORKERS, asked.seconds)))
    cpu, their_cpu = (statistics.median(one.cpu for one in some) for some in (mine, theirs))
    memory, their_memory = (statistics.median(one.memory_mb for one in some) for some in (mine, theirs))
    its_cpu, its_mb = (
        statistics.median(some) for some in ([one.haproxy_cpu for one in mine], [one.haproxy_mb for one in mine])
    )
    again = statistics.median(one.again_s for one in mine)
    rows = [
        Row(
            f"CPU of a core, {WORKERS} idle workers",
            f"{cpu:.2%}",
            f"{their_cpu:.2%}",
            f"{cpu / their_cpu:.2f}" if their_cpu else "",
            f"< {CPU_MAX:.0%}",
            cpu < CPU_MAX,
        ),
        Row(
            "resident memory",
            f"{memory:.0f} MB",
            f"{their_memory:.0f} MB",
            f"{memory / their_memory:.2f}",
            f"< {MEMORY_MB_MAX} MB",
            memory < MEMORY_MB_MAX,
        ),
        Row("beside it, HAProxy, which asks each of them five times a second", f"{its_cpu:.2%}, {its_mb:.0f} MB"),
        Row("from kill -9 of a worker to the next answer at its socket", f"{again * 1e3:.0f} ms"),
    ]
    finish("supervising", rows, notes=[f"median of {asked.pairs}, {asked.seconds:g} s each, in turns; peer: uvicorn"])


if __name__ == "__main__":
    main()
