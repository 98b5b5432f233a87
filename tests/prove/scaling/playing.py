"""Plays a fault: an application of its own under load, what befalls it, and what that cost."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.prove.scaling.asking import LOOK_S, Load
from tests.prove.scaling.judging import Verdict, Window, judge, read_log
from tests.prove.scaling.served import Served

RATE: Final = 500.0
CALM_S: Final = 1.0
WHOLE_S_MAX: Final = 120.0
BY_KEEPER: Final = ("shop:app",)
BY_WORKER: Final = ("--", sys.executable, "-m", "uvicorn", "shop:app", "--no-access-log", "--port", "{port}")


@dataclass
class Run:
    """What a fault works on."""

    served: Served
    load: Load
    windows: list[Window] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.load.now

    async def takes(self, begins: float, *, whole: bool = False) -> None:
        """From then until now the fault itself takes what is under way, until our side of connections has heard."""
        await asyncio.sleep(LOOK_S)
        self.windows.append(Window(begins, self.now, whole))


@dataclass(frozen=True)
class Fault:
    """`outage_s_max`: how long nobody may be answered, where that is promised. `words` for `plimsoll serve`."""

    name: str
    says: str
    befall: Callable[[Run], Awaitable[None]]
    words: tuple[str, ...] = ("--workers", "3")
    application: tuple[str, ...] = BY_KEEPER
    outage_s_max: float | None = None


@dataclass(frozen=True)
class Played:
    fault: Fault
    verdict: Verdict
    seconds: float

    @property
    def holds(self) -> bool:
        most = self.fault.outage_s_max
        return self.verdict.holds and (most is None or self.verdict.outage_s < most)

    @property
    def words(self) -> str:
        one = self.verdict
        return (
            f"{'holds' if self.holds else 'LOST ' + str(len(one.lost))}: {one.requests:,} requests, "
            f"{one.idempotent} idempotent failed, {one.others} others, {one.killed} of them in killed workers, "
            f"{one.taken} taken, {one.twice} twice, slowest {one.latency_s_max:.3f} s, outage {one.outage_s:.3f} s, "
            f"{self.seconds:.1f} s"
        )


def play(fault: Fault, mutation: str = "", *, rate: float = RATE, calm_s: float = CALM_S) -> Played:
    """`calm_s`: before the fault, and after it. Raises RuntimeError where what is served does not come to it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as home:
        try:
            verdict = asyncio.run(_play(fault, mutation, Path(home), rate, calm_s))
        except (RuntimeError, TimeoutError) as error:
            raise RuntimeError(f"{fault.name}: {error or f'not over after {WHOLE_S_MAX:g} s'}") from error
    return Played(fault, verdict, time.monotonic() - began)


async def _play(fault: Fault, mutation: str, home: Path, rate: float, calm_s: float) -> Verdict:
    served = Served(home, fault.words, fault.application, mutation)
    async with asyncio.timeout(WHOLE_S_MAX):
        try:
            await served.start()
            load = Load(served.port, rate)
            loading = asyncio.create_task(load.run())
            run = Run(served, load)
            try:
                await load.goes_on(calm_s)
                await fault.befall(run)
                await load.goes_on(calm_s)
                await load.answered()
                load.end()
                await loading
            finally:
                load.cancel()
                loading.cancel()
        finally:
            await served.stop()
        return judge(load.asked, read_log(served.log()), served.deaths, run.windows, served.begun())
