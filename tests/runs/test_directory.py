"""The run directory: private, locked while it is written, found again, and never half a file."""

import json
import secrets
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.runs.directory import RESERVE_BYTES, RunDirectory, find_run, list_runs, live_runs, read_json, write_whole
from plimsoll.runs.facts import SCHEMA_VERSION, RunFacts

NOON = datetime(2026, 2, 14, 12, 0, 0, tzinfo=UTC)


def facts(run_id: str = "r") -> RunFacts:
    return RunFacts(
        run_id, "bank", "dev", "postgresql://db/app", "p", {"executor": "constant-users"}, False, 7, 1, "per-user", 0.0,
        "2026-02-14T12:00:00", goals=(("total", "p95<1s"),), versions={"plimsoll": "0.1"},
    )  # fmt: skip


def made(root: Path, after_s: float = 0) -> RunDirectory:
    directory = RunDirectory.create(root, NOON + timedelta(seconds=after_s))
    directory.write_facts(facts(directory.run_id))
    return directory


def test_a_new_run_is_private_named_by_its_start_and_has_its_room_reserved(tmp_path: Path) -> None:
    directory = made(tmp_path / "deep" / "runs")
    assert directory.run_id.startswith("20260214-120000-")
    assert directory.path.stat().st_mode & 0o777 == 0o700
    assert directory.samples_path.is_dir()
    reserve = directory.path / ".reserve"
    assert reserve.stat().st_size == RESERVE_BYTES
    directory.release_reserve()
    directory.release_reserve()
    assert not reserve.exists()
    directory.close()


def test_two_runs_of_one_moment_have_directories_of_their_own(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path)
    assert first.path != second.path
    assert {run.run_id for run in live_runs(tmp_path)} == {first.run_id, second.run_id}
    first.close()
    second.close()


def test_runs_of_one_second_are_listed_in_their_order(tmp_path: Path) -> None:
    moments = [0.9, 0.1, 0.5, 0.101, 1.0]
    made_at = {moment: made(tmp_path, after_s=moment) for moment in moments}
    assert [run.run_id for run in list_runs(tmp_path)] in (
        [made_at[moment].run_id for moment in sorted(moments)],
        [made_at[moment].run_id for moment in sorted(moments, reverse=True)],
    )
    for run in made_at.values():
        run.close()


def test_a_name_that_is_taken_costs_the_other_run_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: "3fa2")
    first = made(tmp_path)
    before = sorted(first.path.rglob("*"))
    with pytest.raises(UsageError, match="exists"):
        made(tmp_path)
    assert sorted(first.path.rglob("*")) == before
    assert first.is_live()
    first.close()


def test_a_run_is_live_as_long_as_its_lock_is_held(tmp_path: Path) -> None:
    directory = made(tmp_path)
    (seen,) = list_runs(tmp_path)
    assert seen.is_live()
    directory.close()
    directory.close()
    assert not seen.is_live()
    assert list(live_runs(tmp_path)) == []


HOLDS = """
import os, signal, sys
from pathlib import Path
from datetime import datetime, UTC
from plimsoll.runs.directory import RunDirectory
directory = RunDirectory.create(Path(sys.argv[1]), datetime.now(UTC))
(directory.path / "run.json").write_text("{}")
print(directory.is_live(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_no_live_run(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", HOLDS, str(tmp_path)], capture_output=True, text=True, check=False)
    assert told.stdout.split() == ["True"]
    (left,) = list_runs(tmp_path)
    assert not left.is_live()


def test_facts_are_read_back(tmp_path: Path) -> None:
    directory = made(tmp_path)
    assert directory.read_facts() == facts(directory.run_id)
    directory.close()


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0, None, "1"])
def test_a_run_of_another_version_is_refused_with_a_remedy(tmp_path: Path, version: Any) -> None:
    directory = made(tmp_path)
    data = facts().to_json() | {"schema_version": version}
    directory.facts_path.write_text(json.dumps(data))
    with pytest.raises(RunDirectoryError) as caught:
        directory.read_facts()
    assert f"schema version {version}" in caught.value.why
    assert caught.value.remedy
    directory.close()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '{"schema_version": 1}', '{"schema_version": 1, "goals": 3}',
     '{"schema_version": 1, "goals": [], "unknown": 2}'],
)  # fmt: skip
def test_damaged_facts_are_an_error_of_the_run_directory(tmp_path: Path, text: str) -> None:
    directory = made(tmp_path)
    directory.facts_path.write_text(text)
    with pytest.raises(RunDirectoryError):
        directory.read_facts()
    directory.close()


def test_runs_are_listed_oldest_first_and_other_things_left_out(tmp_path: Path) -> None:
    later, sooner = made(tmp_path, 60), made(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").write_text("x")
    assert [run.run_id for run in list_runs(tmp_path)] == [sooner.run_id, later.run_id]
    assert list_runs(tmp_path / "nowhere") == []
    later.close()
    sooner.close()


def test_a_run_is_found_by_id_beginning_path_or_latest(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, 60)
    for name in (first.run_id, "20260214-1200", str(first.path)):
        assert find_run(tmp_path, name).path.name == first.run_id
    assert find_run(tmp_path, "latest").run_id == second.run_id
    first.close()
    second.close()


def test_a_whole_id_is_not_ambiguous_where_another_begins_so(tmp_path: Path) -> None:
    with closing(made(tmp_path)) as run:
        shutil.copytree(run.path, tmp_path / f"{run.run_id}-copy")
        assert find_run(tmp_path, run.run_id).path == run.path


@pytest.mark.parametrize(
    ("name", "why"),
    [("2026", "2 runs begin so"), ("2027", "no such run"), ("", "no such run"), ("../x", "no such run")],
)
def test_a_run_that_cannot_be_told_is_an_error_with_a_remedy(tmp_path: Path, name: str, why: str) -> None:
    first, second = made(tmp_path), made(tmp_path, 60)
    with pytest.raises(RunDirectoryError) as caught:
        find_run(tmp_path, name)
    assert why in caught.value.why
    assert "plimsoll runs" in caught.value.remedy
    first.close()
    second.close()


def test_there_is_no_latest_run_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="no such run"):
        find_run(tmp_path, "latest")


def test_a_place_where_nothing_can_be_made_is_a_mistake_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(UsageError) as caught:
        RunDirectory.create(tmp_path / "runs", NOON)
    assert "--runs" in caught.value.remedy


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    directory = made(tmp_path)
    (directory.samples_path / "part-000-000000.parquet").write_bytes(b"x")
    directory.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    write_whole(path, "first")
    (tmp_path / "report.html" / "in the way").mkdir(parents=True)
    for place in (tmp_path / "report.html", tmp_path / "nowhere" / "summary.json"):
        with pytest.raises(OSError, match=r"directory"):
            write_whole(place, "x")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["report.html", "summary.json"]
    assert path.read_text() == "first"


def test_what_is_no_json_says_which_file(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(RunDirectoryError, match=r"summary\.json"):
        read_json(tmp_path / "summary.json")
    with pytest.raises(RunDirectoryError, match=r"cannot read gone\.json"):
        read_json(tmp_path / "gone.json")


def test_what_runs_leave_is_kept_out_of_git(tmp_path: Path) -> None:
    root = tmp_path / ".plimsoll" / "runs"
    RunDirectory.create(root, datetime.now(UTC)).close()
    assert (tmp_path / ".plimsoll" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    elsewhere = tmp_path / "mine"
    RunDirectory.create(elsewhere, datetime.now(UTC)).close()
    assert not (tmp_path / ".gitignore").exists()


def test_what_is_too_long_for_a_path_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="there is no such run"):
        find_run(tmp_path, "x" * 5000)


def test_a_step_of_a_search_is_not_the_latest_run(tmp_path: Path) -> None:
    ordinary, step = made(tmp_path), made(tmp_path, after_s=9)
    step.write_facts(replace(facts(step.run_id), series={"series_id": "find-20260214-120009-0001"}))
    assert find_run(tmp_path, "latest").run_id == ordinary.run_id
    assert find_run(tmp_path, step.run_id).run_id == step.run_id
    for directory in (ordinary, step):
        directory.close()
    ordinary.discard()
    with pytest.raises(RunDirectoryError, match="all runs there are steps of plimsoll find"):
        find_run(tmp_path, "latest")
