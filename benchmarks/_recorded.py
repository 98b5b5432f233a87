"""Drives the real Recorder, SampleWriter, Fold, IntervalWriter and Judge as fast as they go, in a process of its own.

    python benchmarks/_recorded.py DIRECTORY SAMPLES VIRTUAL_SECONDS STEPS

A virtual second's rows are recorded one by one, as the hot path does it, then handed over and folded into an interval,
as the ticker does it; the interval is written and judged, as the coordinating process does it. In DIRECTORY a whole
run is left, with facts and summary. Prints one JSON object.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks._machine import peak_mb
from plimsoll import __version__
from plimsoll.core.goal import parse_goal
from plimsoll.core.interval import Interval
from plimsoll.core.verdict import Circumstances, Judge, summarize
from plimsoll.load.recording.fold import Fold
from plimsoll.load.recording.recorder import NO_HTTP, Recorder
from plimsoll.runs.directory import RunDirectory, write_whole
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.runs.samples import ROW_FIELDS, SampleWriter
from plimsoll.workflows.closing import identity_of

USERS = 100
SAMPLES_BYTES_MAX = 2 << 30  # what --samples-max is unless it is given
GOALS = ("p95<1s", "errors<1%", "p99<2s for 10s")
ERRORS = ("57014", "check: one row")
ERROR_SHARE = 0.002
JOURNEY = "look round"
_NS = 1_000_000_000


class Load:
    """What a server with a long tail would have given: seeded, one journey of so many steps, a virtual clock."""

    def __init__(self, recorder: Recorder, steps: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(1))
        numbers = [recorder.step_number(JOURNEY, f"step {step:02}", "sql") for step in range(steps)]
        self._names = np.array([*numbers, recorder.journey_number(JOURNEY)])
        self._errors = np.array([recorder.error_number(error) for error in ERRORS])
        self._medians_ns = np.array([*(200_000 * 1.6**step for step in range(steps)), 3e6 * steps])
        self._recorded = 0

    def rows(self, second: int, count: int) -> NDArray[np.int64]:
        """`count` rows of ROW_FIELDS that finish within the second."""
        random, kinds = self._random, len(self._names)
        kind = (self._recorded + np.arange(count)) % kinds
        self._recorded += count
        service = self._medians_ns[kind] * np.exp(random.normal(0.0, 0.6, count))
        service *= np.where(random.random(count) < 0.001, random.uniform(5, 200, count), 1.0)
        finished = second * _NS + np.sort(random.integers(0, _NS, count))
        started = finished - service.astype(np.int64)
        ready = started - random.integers(200, 3_000, count)
        scheduled = ready - random.integers(0, 120_000, count) * (kind == 0)
        failed = np.where(random.random(count) < ERROR_SHARE, random.choice(self._errors, count), 0)
        user = random.integers(0, USERS, count)
        times = [np.maximum(moment, 0) for moment in (scheduled, ready, started, finished)]  # nothing before the load
        columns = (self._names[kind], user, *times, np.zeros_like(kind), failed, *[np.zeros_like(kind)] * len(NO_HTTP))
        assert len(columns) == len(ROW_FIELDS)
        return np.stack(columns, axis=1)


def counts(samples: int, seconds: int) -> Iterator[int]:
    """How many in each second: all of them in the end."""
    return (samples * (second + 1) // seconds - samples * second // seconds for second in range(seconds))


def interval_of(fold: Fold, second: int, lost: int) -> Interval:
    return Interval(
        start_s=float(second),
        width_s=1.0,
        warmup=False,
        users=USERS,
        target_users=USERS,
        target_rate_per_s=None,
        steps=fold.step_intervals(),
        journeys=fold.journey_intervals(),
        wait=fold.wait.value(),
        lag=fold.lag.value(),
        samples_lost=lost,
    )


def facts_of(directory: RunDirectory, seconds: int) -> RunFacts:
    stages = [{"level": USERS, "for_s": float(seconds), "ramp_s": 0.0}]
    return RunFacts(
        run_id=directory.run_id,
        scenario="benchmark",
        environment="none",
        target="none: samples made up",
        profile_name=f"{USERS} users",
        profile={"executor": "constant-users", "stages": stages, "max_users": USERS, "warmup_s": 0.0},
        open_loop=False,
        seed=1,
        processes=1,
        connections="per-user",
        warmup_s=0.0,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        goals=tuple((goal.scope, goal.expression) for goal in map(parse_goal, GOALS)),
        versions={"plimsoll": __version__},
    )


def main(root: Path, samples: int, seconds: int, steps: int) -> None:
    before_mb = peak_mb()
    directory = RunDirectory.create(root, datetime.now(UTC))
    facts = facts_of(directory, seconds)
    directory.write_facts(facts)
    sink = SampleWriter(directory.samples_path, 0, bytes_max=SAMPLES_BYTES_MAX)
    recorder = Recorder([], sink)
    load = Load(recorder, steps)
    intervals = IntervalWriter(directory.intervals_path)
    judge = Judge([parse_goal(expression) for expression in GOALS])
    began_s = time.monotonic()
    lost = 0
    for second, count in enumerate(counts(samples, seconds)):
        for row in load.rows(second, count).tolist():
            recorder.record(*row)
        fold = recorder.take().result()
        interval = interval_of(fold, second, recorder.samples_lost - lost)
        lost = recorder.samples_lost
        intervals.write(interval)
        judge.add(interval)
    recorder.close()
    intervals.close()
    took_s = time.monotonic() - began_s
    summary = summarize(identity_of(facts), judge, Circumstances("completed"))
    directory.release_reserve()
    write_whole(directory.summary_path, json.dumps(summary.to_json(), indent=2))
    directory.close()
    said = {
        "directory": str(directory.path),
        "counted": judge.totals.requests + judge.totals.journeys_finished,
        "lost": recorder.samples_lost,
        "peak_mb": peak_mb(),
        "imported_mb": before_mb,
        "took_s": took_s,
        "samples_bytes": sum(part.stat().st_size for part in directory.samples_path.iterdir()),
        "intervals_bytes": directory.intervals_path.stat().st_size,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
