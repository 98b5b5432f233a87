"""A run whose disk fills up ends all the same: the summary is kept, and what was lost is counted."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.harness import OK, PROGRAM, SELECT, Project

# Fills the disk up once the run has its directory.
FILL = """
import os
from contextlib import suppress
from plimsoll import journey, setup

@setup
async def fill(run):
    with open("small/full", "wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
"""

# In a mount namespace of its own: nothing of the small file system is seen outside, and it goes with the process.
MOUNTED = 'mount -t tmpfs -o "size=$1" tmpfs "$2"; shift 2; "$@"; code=$?; cp -r "$RUNS"/. "$KEPT"; exit $code'


@pytest.fixture
def small_disk() -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("left out: a full disk takes root and unshare")


def run_on_small_disk(project: Project, size: str, *words: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Runs on a file system of that size; returns what was on it in the end, too."""
    small, kept = project.path / "small", project.path / "kept"
    small.mkdir()
    kept.mkdir()
    project.write("scenario.py", FILL + SELECT)
    command = ["run", "scenario.py", "--json", "--dsn", "env:TEST_DSN", "--runs", str(small / "runs"), *words]
    environ = {**os.environ, "TEST_DSN": project.dsn, "RUNS": str(small), "KEPT": str(kept)}
    argv = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", size, str(small), str(PROGRAM), *command]
    done = subprocess.run(argv, cwd=project.path, env=environ, capture_output=True, text=True, check=False, timeout=60)
    project.checked(done.returncode, done.stdout, done.stderr)
    return done, kept / "runs"


@pytest.mark.usefixtures("small_disk")
def test_samples_that_do_not_fit_are_counted_and_the_summary_is_kept(project: Project) -> None:
    done, runs = run_on_small_disk(project, "64m", "--users", "4", "--duration", "2s")

    assert done.returncode == OK, done.stderr
    summary = json.loads(done.stdout)
    (run,) = runs.iterdir()
    assert json.loads((run / "summary.json").read_text()) == summary
    assert any("samples were not stored" in warning for warning in summary["warnings"]), summary["warnings"]
    assert any("samples could not be written" in warning for warning in summary["warnings"]), summary["warnings"]
    assert summary["requests"] > 0
    assert not list(run.glob("**/*.tmp"))


@pytest.mark.usefixtures("small_disk")
def test_a_disk_without_room_for_a_run_is_refused(project: Project) -> None:
    done, runs = run_on_small_disk(project, "100k", "--iterations", "5")

    assert (done.returncode, done.stdout) in ((2, ""), (3, ""))
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not runs.exists() or not list(runs.iterdir())
