"""`plimsoll doctor` as a user meets it, and a run that is refused by the same checks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plimsoll.embedded import PostgresServer
from tests.system.harness import Project

PLIMSOLL = Path(sys.executable).with_name("plimsoll")
SCENARIO = """\
from plimsoll import journey
print("a scenario may print")

@journey
async def read(user):
    await user.sql("one", "SELECT 1")
"""


def plimsoll(place: Path, *words: str | Path, before: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """Run it in a directory that has a scenario and nothing else."""
    (place / "shop.py").write_text(SCENARIO)
    argv = [*before, PLIMSOLL, *words]
    return subprocess.run(argv, cwd=place, capture_output=True, text=True, check=False, timeout=60)


def by_name(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def with_files(limit: int) -> tuple[str, ...]:
    return "sh", "-c", f'ulimit -n {limit} && exec "$@"', "sh"


def test_every_check_is_one_line_that_begins_with_how_it_stands(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    done = plimsoll(tmp_path, "doctor", "shop.py", "--dsn", postgres_server.dsn, "--users", "8")
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    checks = [line for line in lines if not line.startswith(" ")]
    assert {line.split()[0] for line in checks} <= {"ok", "warning"}
    connect = next(line for line in checks if " connect " in line)
    address = f"postgresql://plimsoll:****@127.0.0.1:{postgres_server.port}/postgres"
    assert connect.split(maxsplit=2) == ["ok", "connect", f"PostgreSQL {postgres_server.version} at {address}"]
    assert len({line.index(line.split(maxsplit=2)[2]) for line in checks if " io timing " not in line}) == 1
    assert last.startswith("A run can start: nothing failed")


def test_a_failure_has_its_remedy_beneath_and_exit_code_3(bare: Project) -> None:
    done = bare.here("doctor", "--dsn", bare.dsn.replace("plimsoll:", "plimsoll:Zq7-wrong"))
    assert done.code == 3
    lines = done.stdout.splitlines()
    failure = next(number for number, line in enumerate(lines) if line.startswith("failed"))
    assert "could not log in" in lines[failure]
    assert lines[failure + 1].split() == ["try:", "correct", "the", "password"]
    assert lines[-1].startswith("A run would be refused: 1 check failed")
    assert "Zq7" not in done.stdout + done.stderr


def test_as_json_it_is_one_object_whatever_a_scenario_prints(bare: Project) -> None:
    done = plimsoll(bare.path, "doctor", "shop.py", "--dsn", bare.dsn, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["ok"] is True
    assert all(set(check) == {"name", "status", "detail", "remedy"} for check in told["checks"])
    refused = bare.here("doctor", "--dsn", "env:NOT_SET_HERE", "--json").summary
    assert refused["ok"] is False


def test_too_few_file_descriptors_are_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    words = ("doctor", "--dsn", postgres_server.dsn, "--users", "100", "--json")
    files = by_name(plimsoll(tmp_path, *words, before=with_files(120)))["files"]
    assert (files["status"], files["detail"]) == (
        "failed",
        "a process may open 120 files, the run needs 164 in each",
    )
    assert files["remedy"].startswith("ulimit -n 164")
    assert by_name(plimsoll(tmp_path, *words, before=with_files(164)))["files"]["status"] == "ok"


def test_a_full_disk_is_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("left out: a full disk takes root and unshare")
    small = tmp_path / "small"
    small.mkdir()
    mount = 'mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"'
    before = ("unshare", "--mount", "sh", "-c", mount, "sh", str(small))
    words = ("doctor", "--dsn", postgres_server.dsn, "--runs", small / "runs", "--json")
    disk = by_name(plimsoll(tmp_path, *words, before=before))["disk"]
    assert disk["status"] == "failed"
    assert "64.0 KiB free" in disk["detail"]


def test_a_run_is_refused_with_every_failure_and_leaves_nothing(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    words = ("run", "shop.py", "--dsn", postgres_server.dsn, "--users", "400", "--duration", "1s")
    done = plimsoll(tmp_path, *words, before=with_files(120))
    assert done.returncode == 3
    assert done.stdout == ""
    error = done.stderr.splitlines()[-1]
    assert error.startswith("error: too few connections: the run needs 400, there are ")
    assert "and 1 more check failed: files: a process may open 120 files" in error
    assert ". try: fewer users, " in error
    assert not (tmp_path / ".plimsoll").exists()


def test_a_run_repeats_the_warnings_that_bear_on_its_figures(tmp_path: Path, postgres_server: PostgresServer) -> None:
    crowd = str(len(os.sched_getaffinity(0)) + 1)
    words = ("run", "shop.py", "--dsn", postgres_server.dsn, "--duration", "1s", "--json")
    done = plimsoll(tmp_path, *words, "--users", crowd, "--processes", crowd)
    warnings = json.loads(done.stdout)["warnings"]
    assert any(warning.startswith(f"{crowd} generator processes share") for warning in warnings)
