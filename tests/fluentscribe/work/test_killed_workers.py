"""Workers that are killed amid their work: a small sibling of tests/prove/test_killed_workers.py."""

from pathlib import Path

from tests.fluentscribe.work.ground import Ground, on_ground
from tests.fluentscribe.work.killing import Plan, Story, survived

PLAN = Plan(jobs=12, segments=100, workers=2, kills=2, stalls=0)


def test_no_job_is_lost_or_done_twice_when_workers_are_killed(database: str, tmp_path: Path) -> None:
    async def story(here: Ground) -> Story:
        with (tmp_path / "log").open("wb") as log:
            return await survived(here, PLAN, log)

    told = on_ground(database, story)
    assert (told.done, told.lost, told.analysed_twice, told.wrong_findings) == (PLAN.jobs, 0, 0, 0)
    assert told.findings > 0
    assert told.attempts > PLAN.jobs, "else nobody was struck amid their work"
