"""How often a comparison calls identical runs different, and finds runs that are: simulated, and real ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks._tables import ROOT, put, table
from plimsoll.analyze.comparing.effects import effect_of_runs
from plimsoll.analyze.comparing.judging import FLOOR, judge
from plimsoll.analyze.comparing.metrics import Metric
from plimsoll.analyze.comparing.pairs import Row, effect_of_few
from plimsoll.core.comparison import Effect
from plimsoll.core.histogram import Histogram
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.system.harness import MISSED, OK, Project

PAIRS = 1_000
FLAGGED_MAX = 0.05
FOUND_MIN = 0.90  # of a tenth slower, with 8 repeats and a variation of 3 %
SECONDS, RATE = 60, 100  # of a single run
Figures = dict[tuple[int, float], tuple[float, float]]


def verdict(effect: Effect | None) -> str:
    return judge(effect, "ms", FLOOR, higher_is_better=False)[0]


def share(told: Callable[[int, float], str], factor: float, *words: str) -> float:
    return sum(told(seed, factor) in words for seed in range(PAIRS)) / PAIRS


def of_runs(repeats: int, variation: float) -> Callable[[int, float], str]:
    def told(seed: int, factor: float) -> str:
        a, b = np.random.default_rng([seed, repeats]).lognormal(2.0, variation, (2, repeats))
        return verdict(effect_of_runs(a.tolist(), (b * factor).tolist(), "ms", seed))

    return told


def of_single_runs(variation: float) -> Callable[[int, float], str]:
    """Runs made of seconds, whose requests vary as well, and slowly at that: every second is like the one before."""

    def run(random: np.random.Generator, factor: float) -> tuple[float, list[Row]]:
        drift = np.exp(0.05 * np.convolve(random.normal(0, 1, SECONDS + 4), np.ones(5) / 5, mode="valid"))
        level = 10_000 * factor * random.lognormal(0, variation)
        times = (level * drift[:, None] * random.lognormal(0, 0.4, (SECONDS, RATE))).astype(np.int64)
        rows = [Row(1.0, RATE, RATE, 0, {"": Histogram.of_us(second)}, {}) for second in times]
        return float(np.quantile(times, 0.95)) / 1_000, rows

    def told(seed: int, factor: float) -> str:
        random = np.random.default_rng([seed, 1])
        (a, seconds_a), (b, seconds_b) = run(random, 1.0), run(random, factor)
        return verdict(effect_of_few(([a], [b]), ([seconds_a], [seconds_b]), Metric("p95"), seed))

    return told


CASES = [(repeats, variation) for repeats in (2, 3, 4, 5, 8) for variation in (0.01, 0.03, 0.05)] + [(1, 0.03)]


@pytest.fixture(scope="module")
def figures() -> Figures:
    return {}


@pytest.mark.parametrize(("repeats", "variation"), CASES)
def test_identical_runs_are_seldom_flagged(repeats: int, variation: float, figures: Figures) -> None:
    told = of_single_runs(variation) if repeats == 1 else of_runs(repeats, variation)
    flagged = share(told, 1.0, "better", "worse")
    found = share(told, 1.1, "worse")
    figures[repeats, variation] = flagged, found
    assert flagged <= FLAGGED_MAX
    assert repeats < 8 or variation > 0.03 or found >= FOUND_MIN


def test_the_table_of_simulated_pairs_is_written(figures: Figures) -> None:
    rows = [
        [f"{repeats} and {repeats}", f"{variation:.0%}", f"{PAIRS:,}", f"{flagged:.1%}", f"{found:.1%}"]
        for (repeats, variation), (flagged, found) in sorted(figures.items())
    ]
    headings = ["runs", "variation between runs", "pairs", "identical, flagged", "a tenth slower, found"]
    put(ROOT / "docs" / "proofs.md", "comparing", "\n".join(table(headings, rows)))


# -- real runs ---------------------------------------------------------------------------------------------------------

PAUSE = """
from plimsoll import journey

@journey
async def look(user):
    await user.sql("pause", "SELECT pg_sleep(current_setting('app.pause')::float8)")
"""
PAUSES = {"a": 0.020, "same": 0.020, "slower": 0.022}
LOAD = ("--users", 2, "--warmup", "1s", "--duration", "4s", "--repeat", 8, "--metric", "p50", "--no-watch")


@pytest.fixture
def project(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Project]:
    with fresh_database(postgres_server) as name:
        yield Project(tmp_path, postgres_server, name)


@pytest.fixture(scope="module")
def real() -> list[list[str]]:
    return []


@pytest.mark.parametrize(("other", "code"), [("same", OK), ("slower", MISSED)])
def test_real_runs_in_turns_are_told_apart_by_a_tenth_and_by_nothing_else(
    project: Project, other: str, code: int, real: list[list[str]]
) -> None:
    """Roles of the same database, whose statement takes 20 ms, or 22."""
    for name in ("a", other):
        project.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'of-{name}'", f"ALTER ROLE {name} SET app.pause={PAUSES[name]}")
        dsn = project.dsn_as(name, f"of-{name}")
        file = "plimsoll.toml" if name == "a" else "b.toml"
        project.write(file, f'[environments.{name}]\ndatabase = "{dsn}"\n')
    project.write("scenario.py", PAUSE)
    try:
        outcome = project.here("run", "scenario.py", *LOAD, "--no-analyze", "--interleave", "b.toml", "--json")
    finally:
        project.sql(f"DROP ROLE a, {other}")
    assert outcome.code == code, outcome.summary["comparison"]["because"]
    found = outcome.summary["comparison"]
    effect = found["primary"]["effect"]
    interval = f"{effect['low']:+.1%} .. {effect['high']:+.1%}"
    real.append([f"20 ms and {PAUSES[other] * 1_000:g} ms", "8 and 8", f"{effect['estimate']:+.1%}", interval,
                 f"{effect['p']:.4f}", found["verdict"]])  # fmt: skip


def test_the_table_of_real_runs_is_written(real: list[list[str]]) -> None:
    headings = ["a statement of", "runs", "change of p50", "95 % interval", "p", "verdict"]
    assert len(real) == 2
    put(ROOT / "docs" / "proofs.md", "comparing_real", "\n".join(table(headings, real)))
