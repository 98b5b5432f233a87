"""The runs that the pages show."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from plimsoll.runs.directory import RunDirectory
from plimsoll.server.dashboard import analysis, load
from plimsoll.server.dashboard.place import Place
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.run_lines import Runs
from tests.report.builders import facts
from tests.runs.test_follower import written

NOW = 1_800_000_000.0


def page(runs: Runs) -> str:
    reading = Reading(NOW, runs=runs.lines(), runs_known=runs.known, run_drawn=runs.drawn)
    return "".join(slot.say(reading, Place(tab="load")) for slot in load.SLOTS if slot.say is not None)


def test_a_run_that_ends_stands_among_the_ended_at_the_next_look_and_stays_drawn(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    run = RunDirectory.create(tmp_path, datetime.now(UTC))
    run.write_facts(facts(run_id=run.run_id, load_began_at=datetime.now(UTC).isoformat()))
    written(run, 0.0)
    assert "Looking for runs" in page(runs)
    assert "There are no runs" not in page(runs)
    asyncio.run(runs.look(NOW, at_all=True))
    assert [(line.standing, line.state) for line in runs.lines()] == [("live", "goes on")]
    run.close()
    asyncio.run(runs.look(NOW + 2.5, at_all=True))
    assert [(line.standing, line.state) for line in runs.lines()] == [("doubt", "killed")], "no summary was written yet"
    assert f"Charts show run {run.run_id}" in page(runs)
    assert runs.keys()
    run.report_path.write_text("")
    run.summary_path.write_text("nothing to read")
    asyncio.run(runs.look(NOW + 13, at_all=True))
    assert "cannot be read" in runs.lines()[0].state, "its files are read again where they have changed"


def test_a_step_of_a_search_stands_behind_the_runs_and_is_not_what_opens_first(tmp_path: Path) -> None:
    ids = []
    for series in ({}, {"series_id": "series-1"}, {"series_id": "find-1"}):
        run = RunDirectory.create(tmp_path, datetime.now(UTC))
        run.write_facts(facts(run_id=run.run_id, series=series))
        run.close()
        ids.append(run.run_id)
    runs = Runs(tmp_path)
    asyncio.run(runs.look(NOW, at_all=True))
    reading = Reading(NOW, runs=runs.lines(), runs_known=True)
    place = Place(tab="analysis")
    newest = [run.run_id for run in reading.runs if not run.step_of][-1]
    assert analysis.chosen(reading, place) == newest
    say = analysis.SLOTS[0].say
    assert say is not None
    options = re.findall(r"<option .*?</option>", say(reading, place))
    assert ids[2] in options[-1]
    assert ["step of find-1" in option for option in options] == [False, False, True]
    steps = [run for run in reading.runs if run.step_of]
    assert analysis.chosen(replace(reading, runs=steps), place) == ids[2], "there is nothing else"


def test_a_run_of_another_target_says_which(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, datetime.now(UTC))
    run.write_facts(facts(run_id=run.run_id, target="elsewhere"))
    run.close()
    runs = Runs(tmp_path)
    asyncio.run(runs.look(NOW, at_all=True))
    assert "<td>elsewhere</td>" in page(runs)
