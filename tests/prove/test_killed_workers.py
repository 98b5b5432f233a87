"""500 jobs, workers killed and stopped at random, nothing lost or done twice; and a file of 50,000 units analysed."""

import time
from dataclasses import replace
from pathlib import Path

from benchmarks._tables import ROOT, put, table
from fluentscribe.formats.reading import read
from fluentscribe.formats.values import Unit
from plimsoll.embedded import start_postgres
from tests.fluentscribe.made_files import write_xliff
from tests.fluentscribe.work.ground import Ground, on_ground
from tests.fluentscribe.work.killing import Plan, Story, survived

PLAN = Plan(jobs=500, segments=200, workers=3, kills=60, stalls=15)
UNITS = 50_000
SECONDS_MAX = 20.0


def test_of_500_jobs_none_is_lost_or_done_twice_while_workers_are_killed_and_stand_still(tmp_path: Path) -> None:
    async def story(here: Ground) -> Story:
        with (tmp_path / "log").open("wb") as log:
            return await survived(here, PLAN, log)

    with start_postgres() as server:
        told = on_ground(server.dsn, story)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    rows = [
        ["jobs, of 200 segments each", f"{PLAN.jobs:,}"],
        ["workers killed amid a job (SIGKILL), at random", f"{PLAN.kills:,}"],
        ["workers that stood still for longer than their lease (SIGSTOP), and went on", f"{PLAN.stalls:,}"],
        ["workers that found they had lost their job, and wrote nothing", f"{log.count('lost to another'):,}"],
        ["attempts", f"{told.attempts:,}"],
        ["jobs done", f"{told.done:,}"],
        ["jobs lost", f"{told.lost:,}"],
        ["sessions analysed more than once", f"{told.analysed_twice:,}"],
        ["sessions with other findings than theirs", f"{told.wrong_findings:,}"],
        ["findings", f"{told.findings:,}"],
    ]
    put(ROOT / "docs" / "proofs.md", "killed_workers", "\n".join(table(["", "number"], rows)))
    assert (told.done, told.lost, told.analysed_twice, told.wrong_findings) == (PLAN.jobs, 0, 0, 0)
    assert told.attempts > PLAN.jobs + PLAN.kills / 2, "else they were hardly struck amid their work"


def planted(unit: Unit) -> Unit:
    """Every tenth number is wrong."""
    if unit.seq % 10 != 3:
        return unit
    wrong = unit.target.plain.replace(str(unit.seq), str(unit.seq + 1))
    return replace(unit, target=replace(unit.target, plain=wrong))


def test_a_file_of_50_000_units_is_analysed_in_time(tmp_path: Path) -> None:
    megabytes = write_xliff(tmp_path / "large.xlf", UNITS) / 1e6

    async def story(here: Ground) -> tuple[float, int]:
        session = await here.session([])
        await here.add_units(session, map(planted, read(tmp_path / "large.xlf", "large.xlf")[1]))
        began = time.perf_counter()
        await here.drain()
        return time.perf_counter() - began, len(await here.found(session))

    with start_postgres() as server:
        seconds, findings = on_ground(server.dsn, story)
    row = [f"{megabytes:.0f} MB of XLIFF, {UNITS:,} units", f"{findings:,}", f"{seconds:.1f} s", f"{SECONDS_MAX:g} s"]
    put(
        ROOT / "docs" / "proofs.md",
        "large_analysis",
        "\n".join(table(["file", "findings", "from claim to commit", "bound"], [row])),
    )
    assert findings >= UNITS / 10
    assert seconds < SECONDS_MAX
