"""Arrivals of real runs on a real server are those of the plan, one by one; the table goes into docs/proofs.md."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks._planned import Starts, starts_of
from benchmarks._tables import ROOT, put, table
from plimsoll.runs.directory import list_runs

PLIMSOLL = Path(sys.executable).parent / "plimsoll"
DSN = "PLIMSOLL_PROOF_DSN"
MEASURED = (0, 5)  # on a busy machine a run may be late, hence invalid: its starts still have to be those of the plan
SCENARIO = """
from plimsoll import feed, journey

numbers = feed.range(1, 1_000)

@journey(weight=3)
async def one_step(user):
    await user.sql("select", "SELECT $1::int", numbers)

@journey(weight=1)
async def two_steps(user):
    await user.sql("first", "SELECT $1::int", numbers)
    await user.sql("second", "SELECT $1::int + 1", numbers)
"""
CONFIG = """
[profiles.even]
executor = "constant-rate"
arrivals = "even"
stages = [{rate = 300, for = "15s"}]

[profiles.ramps]
executor = "ramping-rate"
stages = [{rate = 400, for = "8s", ramp = "8s"}, {rate = 400, for = "4s"}, {rate = 50, for = "4s", ramp = "2s"}]
"""


@dataclass(frozen=True, slots=True)
class Case:
    words: str
    options: Sequence[str]


CASES = {
    "even": Case("300/s, evenly spaced, one process", ["--profile", "even", "--warmup", "1500ms"]),
    "poisson": Case("1,000/s, Poisson, two processes", ["--rate", "1000", "--duration", "15s", "--processes", "2"]),
    "ramps": Case("ramps to 400/s and down, Poisson, three processes", ["--profile", "ramps", "--processes", "3"]),
}


def load(folder: Path, database: str, options: Sequence[str]) -> Starts:
    (folder / "scenario.py").write_text(SCENARIO, encoding="utf-8")
    (folder / "plimsoll.toml").write_text(CONFIG, encoding="utf-8")
    argv = [str(PLIMSOLL), "run", "scenario.py", "--dsn", f"env:{DSN}", "--seed", "7", "--json", *options]
    done = subprocess.run(argv, cwd=folder, env={DSN: database}, capture_output=True, text=True, check=False)
    assert done.returncode in MEASURED, done.stderr
    (run,) = list_runs(folder / ".plimsoll" / "runs")
    return starts_of(run)


@pytest.fixture(scope="module")
def proved() -> dict[str, Starts]:
    return {}


@pytest.mark.parametrize("name", CASES)
def test_every_arrival_is_begun_once_at_its_planned_time_and_never_early(
    name: str, tmp_path: Path, database: str, proved: dict[str, Starts]
) -> None:
    starts = load(tmp_path, database, CASES[name].options)
    assert len(starts.planned) > 2_000
    assert starts.scheduled.tolist() == starts.planned.tolist()
    assert starts.early == starts.first_step_early == 0
    if name == "even":
        assert starts.planned.tolist() == [round(n / 300 * 1e9) for n in range(len(starts.planned))]
    proved[name] = starts


def test_the_table_of_what_was_proved_is_written(proved: dict[str, Starts]) -> None:
    headings = ["load", "arrivals", "begun exactly as planned", "begun early", "greatest difference"]
    rows = [
        [
            CASES[name].words,
            f"{len(starts.planned):,}",
            f"{int(np.count_nonzero(starts.planned == starts.scheduled)):,}",
            str(starts.early),
            f"{int(np.abs(starts.planned - starts.scheduled).max())} ns",
        ]
        for name, starts in proved.items()
    ]
    assert list(proved) == list(CASES)
    put(ROOT / "docs" / "proofs.md", "open_loop", "\n".join(table(headings, rows)))
