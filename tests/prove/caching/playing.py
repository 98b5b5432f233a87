"""Plays a scenario: servers and processes of its own, faults, and a verdict on what was read."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from plimsoll.changes.clock import clock_s
from plimsoll.testing.staleness import Verdict, Write, judge
from tests.prove.caching.adapters import DATABASE
from tests.prove.caching.application import Config
from tests.prove.caching.ground import Ground
from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.processes import Process
from tests.prove.caching.recording import History, history
from tests.prove.caching.run import Run
from tests.prove.caching.scenario import Scenario

ALLOWED_S: Final = 0.25  # the promise's Δ
AFTER_S: Final = 0.5  # for which others write on after the fault
SETTLED_S: Final = 0.3  # after the last write
CACHED_MIN: Final = 0.05  # of all reads, those under faults included
LOSSY: Final = ("ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
ENDING_S: Final = 0.02  # a server takes after one of its sessions was killed
TABLES_PAUSE_S: Final = 0.4  # between writes that change whole tables
LOST_S: Final = 1.0  # the log is written every 0.2 s, at latest after three such times


@dataclass(frozen=True, slots=True)
class Played:
    """`calm` is the share of the reads after the fault that the cache answered; `told` is what each process said."""

    scenario: Scenario
    verdict: Verdict
    calm: float
    told: Sequence[Mapping[str, Any]]
    seconds: float

    @property
    def cached(self) -> float:
        """The share of reads that the cache answered."""
        return 1 - self.verdict.share(DATABASE)

    @property
    def served(self) -> bool:
        """Whether the cache was of any use: one that never hits is never wrong."""
        return self.calm >= self.scenario.served_min and self.cached > CACHED_MIN

    @property
    def words(self) -> str:
        verdict = self.verdict
        return (
            f"{verdict.count} violations {dict(verdict.kinds) or ''}, {verdict.reads:,} reads, "
            f"{verdict.writes:,} writes, "
            f"{self.cached:.0%} cached ({self.calm:.0%} at the end), stalest {verdict.stalest_s * 1000:.0f} ms, "
            f"{self.seconds:.1f} s"
        )


@dataclass(frozen=True, slots=True)
class Cast:
    """Which cache the processes have, and in which interpreter. `mutations`: one for all of them, or one for each, ""
    for none."""

    adapter: str = "plimsoll"
    mutations: Sequence[str] = ()
    python: Sequence[str] = (sys.executable,)

    def mutation(self, number: int) -> str:
        """That of one process."""
        return "" if not self.mutations else self.mutations[number % len(self.mutations)]


def play(scenario: Scenario, cast: Cast | None = None, *, seed: int = 1) -> Played:
    """Raises RuntimeError where a process of it failed."""
    cast, began = cast or Cast(), time.monotonic()
    mutated = [statement for name in cast.mutations if name for statement in MUTATIONS[name].sql]
    with ExitStack() as stack, Ground(scenario, install=(*mutated, *(LOSSY if scenario.lossy else ()))) as ground:
        run, calm_s = _act(scenario, cast, ground, stack, Random(seed))
        found = history(sorted(ground.place.glob("*.jsonl")))
    failed = [failure for told in found.told for failure in told["failed"]]
    if failed:
        raise RuntimeError(f"{scenario.name}: {failed[0]}")
    writes = [_known(write, run.crashes) for write in found.writes] if scenario.lossy else found.writes
    verdict = judge(writes, found.reads, ALLOWED_S)
    return Played(scenario, verdict, _calm(found, calm_s), found.told, time.monotonic() - began)


def _act(scenario: Scenario, cast: Cast, ground: Ground, stack: ExitStack, random: Random) -> tuple[Run, float]:
    """What happened, and when the calm began."""
    count = 0

    def begin(number: int) -> Process:
        nonlocal count
        count += 1
        config = replace(
            _reader(scenario, ground, number),
            record=str(ground.place / f"app{number} {count}.jsonl"),
            adapter=cast.adapter,
            mutation=cast.mutation(number),
            seed=random.randrange(10**6),
        )
        process = Process(config, cast.python)
        stack.callback(process.end)
        return process

    processes = [begin(number) for number in range(scenario.processes)]
    writing = Process(_writing(scenario, ground, random.randrange(10**6)))
    stack.callback(writing.end)
    for process in (*processes, writing):
        process.ready()
    run = Run(ground, processes, time.monotonic() + scenario.seconds, random, begin)
    if scenario.fault is not None:
        scenario.fault(run)
    run.wait(scenario.seconds)
    time.sleep(AFTER_S)
    for process in (*run.processes, writing):
        process.hush()
    calm_s = clock_s() + SETTLED_S
    time.sleep(SETTLED_S + scenario.calm_s)
    for process in (*run.processes, writing):
        process.stop()
    return run, calm_s


def _known(write: Write, crashes: Sequence[float]) -> Write:
    """Whether a commit that was not waited for survived a crash is not known; what is older has long been written."""
    if any(write.begun_s <= crash + ENDING_S and write.ended_s >= crash - LOST_S for crash in crashes):
        return write._replace(fate="unknown")
    return write


def _reader(scenario: Scenario, ground: Ground, number: int) -> Config:
    """The writers of a process that reads are there for tokens, and for what it tells its own cache."""
    writes = scenario.tokens or scenario.tells
    items = scenario.items[number :: scenario.processes] if writes else ()
    threads = scenario.threads if number == 0 else 0
    return Config(
        name=f"app{number}",
        record="",
        write=ground.by(ground.write),
        follow=ground.by(ground.follow[number]),
        fill=ground.by(ground.fill),
        shared=ground.shared_url,
        readers=0 if threads else scenario.readers,
        threads=threads,
        kinds=scenario.kinds,
        pause_s=scenario.pause_s,
        slow=scenario.slow,
        writers=[(dict(scenario.writes), list(items), scenario.write_pause_s)] if writes else [],
        tokens=scenario.tokens,
        tells=scenario.tells,
        pooled=scenario.pooled,
        options=dict(scenario.options),
    )


def _writing(scenario: Scenario, ground: Ground, seed: int) -> Config:
    """One process with all other writers."""
    kinds = [] if scenario.tokens or scenario.tells else [dict(scenario.writes)] * scenario.writers
    writers: list[tuple[dict[str, float], Sequence[int], float]] = [
        (one, list(scenario.items[number :: len(kinds)]), scenario.write_pause_s) for number, one in enumerate(kinds)
    ]
    writers += [({kind: 1.0}, [], TABLES_PAUSE_S) for kind in scenario.more]
    dsn = ground.by(ground.write)
    return Config(
        name="writers",
        record=str(ground.place / "writers.jsonl"),
        write=dsn,
        follow=dsn,
        fill=dsn,
        adapter="none",
        seed=seed,
        readers=0,
        writers=writers,
        announces=scenario.announces,
    )


def _calm(found: History, calm_s: float) -> float:
    late = [read.served for read in found.reads if read.began_s >= calm_s]
    return sum(served != DATABASE for served in late) / len(late) if late else 0.0
