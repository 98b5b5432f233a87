"""What befalls what is served."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Final

from plimsoll.scale.balancer.algorithm import Algorithm
from tests.prove.scaling.playing import Fault, Run

TIMES: Final = 10  # of what is done again and again
STOPPED_S: Final = 3.0
ONLY_STOPPED_S: Final = 2.0  # what waits for it meanwhile is less than the queue holds
CALM_S: Final = 1.0
ALONE_S: Final = 0.5  # without a supervisor
SWITCHED_S: Final = 0.3  # between two switches
FAULTS: Final[dict[str, Fault]] = {}

Befall = Callable[[Run], Awaitable[None]]


def fault(name: str, says: str, *words: str, outage_s_max: float | None = None) -> Callable[[Befall], Befall]:
    """`words` for `plimsoll serve`; without any, three workers."""

    def take(befall: Befall) -> Befall:
        FAULTS[name] = Fault(name, says, befall, words or ("--workers", "3"), outage_s_max=outage_s_max)
        return befall

    return take


@fault("worker killed", "kill -9 of one of three workers, three times")
async def worker_killed(run: Run) -> None:
    for name in ("w1", "w2", "w1"):
        begun = len(run.served.lines)
        await run.served.kill_worker(name)
        await run.served.says(f"{name}: ready", begun)


@fault("all workers killed", "kill -9 of all three at once")
async def all_workers_killed(run: Run) -> None:
    begun, names = len(run.served.lines), list(run.served.workers)
    await asyncio.gather(*map(run.served.kill_worker, names))
    for name in names:
        await run.served.says(f"{name}: ready", begun)


@fault("only worker killed", "kill -9 of the only one", "--workers", "1")
async def only_worker_killed(run: Run) -> None:
    await all_workers_killed(run)


@fault("HAProxy killed", "kill -9 of HAProxy, which takes what is in flight", outage_s_max=1.0)
async def haproxy_killed(run: Run) -> None:
    at = run.now
    await run.served.kill(run.served.haproxy)
    await run.takes(at)


@fault("keeper killed", "kill -9 of the keeper, and with it HAProxy and all workers")
async def keeper_killed(run: Run) -> None:
    begun, at = len(run.served.lines), run.now
    await run.served.kill(run.served.keeper)
    await run.served.says("w1: ready", begun)
    await run.load.answered()
    await run.takes(at, whole=True)
    run.served.anew()


@fault("worker stopped", "SIGSTOP of one of three, and SIGCONT after 3 s")
async def worker_stopped(run: Run) -> None:
    pid = run.served.workers["w1"]
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    os.kill(pid, signal.SIGCONT)


@fault("only worker stopped", "SIGSTOP of the only one, and SIGCONT after 2 s, three times", "--workers", "1")
async def only_worker_stopped(run: Run) -> None:
    for _ in range(3):
        pid = run.served.workers["w1"]
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(ONLY_STOPPED_S)
        os.kill(pid, signal.SIGCONT)
        await run.load.goes_on(CALM_S)


@fault("worker stopped for good", "SIGSTOP of one of three, until it is found and replaced")
async def worker_stopped_for_good(run: Run) -> None:
    begun = len(run.served.lines)
    os.kill(run.served.workers["w1"], signal.SIGSTOP)
    await run.served.says("w1: ready", begun)


@fault("worker hangs", "the event loop of one of three is blocked, until it is found and replaced")
async def worker_hangs(run: Run) -> None:
    begun = len(run.served.lines)
    writer = await run.served.ask_worker("w1", "/hang")
    await run.served.says("w1: ready", begun)
    writer.close()


@fault("too large", "one of three uses more memory than it may", "--workers", "3", "--memory", "100MB")
async def too_large(run: Run) -> None:
    begun = len(run.served.lines)
    (await run.served.ask_worker("w1", "/grow/90")).close()
    await run.served.says("w1: gone", begun)


@fault("far too large", "one of three uses three times the memory that it may", "--workers", "3", "--memory", "100MB")
async def far_too_large(run: Run) -> None:
    begun = len(run.served.lines)
    (await run.served.ask_worker("w1", "/grow/300")).close()
    await run.served.says("w1: gone", begun)


@fault("reload", "ten rolling reloads of two workers", "--workers", "2")
async def reload(run: Run) -> None:
    await reload_times(run, TIMES)


async def reload_times(run: Run, times: int) -> None:
    for generation in range(2, 2 + times):
        begun, workers = len(run.served.lines), run.served.workers
        run.served.tell(signal.SIGHUP)
        await run.served.says(f"reload: generation {generation}", begun)
        for _ in workers:
            begun = 1 + run.served.lines.index(await run.served.says("w[0-9]+: gone", begun))


@fault("one to six to one", "1 worker, 6 are asked for, then 1, twice", "--workers", "1..6")
async def scaled(run: Run) -> None:
    for workers in (6, 1, 6, 1):
        await run.served.control.scale(workers)
        await run.served.has_ready(workers)


@fault("switched", "ten times another algorithm, of all six")
async def switched(run: Run) -> None:
    for _, algorithm in zip(range(TIMES), cycle(Algorithm), strict=False):
        await run.served.control.balance(algorithm)
        await run.load.goes_on(SWITCHED_S)


@fault("slow start", "a reload of two workers that take 5 s to start", "--workers", "2")
async def slow_start(run: Run) -> None:
    run.served.boots("sleep 5")
    await reload_times(run, 1)


@fault("slow start of the only worker", "kill -9 of the only one, and the next takes 1 s to start", "--workers", "1")
async def slow_start_of_the_only_worker(run: Run) -> None:
    await next_starts_in(run, 1.0)


async def next_starts_in(run: Run, seconds: float) -> None:
    run.served.boots(f"sleep {seconds}")
    await all_workers_killed(run)


@fault("crash at boot", "kill -9 of one of two, and the next two die at their start", "--workers", "2")
async def crash_at_boot(run: Run) -> None:
    run.served.boots("crash 2")
    await worker_killed_once(run)


async def worker_killed_once(run: Run) -> None:
    begun = len(run.served.lines)
    await run.served.kill_worker("w1")
    await run.served.says("w1: ready", begun)


@fault("reload to what crashes", "a reload to code that dies at its start five times: it is given up", "--workers", "2")
async def reload_to_what_crashes(run: Run) -> None:
    begun = len(run.served.lines)
    run.served.boots("crash 5")
    run.served.tell(signal.SIGHUP)
    await run.served.says("given up; w1 stays", begun)


@fault("supervisor killed", "kill -9 of the supervisor, and another takes over within the grace")
async def supervisor_killed(run: Run) -> None:
    await run.served.kill(run.served.pid)
    await run.served.ended()
    await run.load.goes_on(ALONE_S)
    await run.served.start()


@fault("supervisor and worker killed", "kill -9 of the supervisor, then of a worker, and another takes over")
async def supervisor_and_worker_killed(run: Run) -> None:
    await run.served.kill(run.served.pid)
    await run.served.ended()
    await run.served.kill_worker("w1")
    await run.load.goes_on(ALONE_S)
    await run.served.start()
    await run.served.says("w1: ready")


@fault("ended and begun", "SIGTERM, and another is started when it has ended")
async def ended_and_begun(run: Run) -> None:
    at = run.now
    run.served.tell(signal.SIGTERM)
    await run.served.ended()
    await run.served.start()
    await run.takes(at, whole=True)


@fault("never again", "kill -9 of one of two, and every next one dies at its start", "--workers", "2")
async def never_again(run: Run) -> None:
    begun = len(run.served.lines)
    run.served.boots("crash 1000")
    await run.served.kill_worker("w1")
    await run.served.says("broken", begun)
