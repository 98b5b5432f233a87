"""A run on several machines: a real scheduler and workers in processes of their own, here on one machine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.samples import scan_samples
from plimsoll.workflows.recorded_run import open_recorded
from tests.system.harness import INTERRUPTED, INVALID, Project, until

PLAIN = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class Cluster:
    """Dask's programs in a directory that holds their logs and, below `scratch`, what each keeps for a run."""

    path: Path
    address: str = ""
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @contextmanager
    def program(self, module: str, name: str, *words: object) -> Iterator[subprocess.Popen[bytes]]:
        with (self.path / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *PLAIN, *map(str, words)]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.path)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def worker(self, name: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        own = ("--no-nanny", "--nthreads", 1, "--name", name, "--local-directory", self.path / "scratch" / name)
        return self.program("dask_worker", name, self.address, *own)

    def said(self) -> str:
        return "".join(path.read_text() for path in self.path.glob("*.log"))

    def left_behind(self, name: str = "*") -> list[Path]:
        return list(self.path.glob(f"scratch/{name}/**/plimsoll-*"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with three workers, one of which is for the test that kills it."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    where = made.path / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(made.program("dask_scheduler", "scheduler", "--port", 0, "--scheduler-file", where))
        until(lambda: where.is_file() and where.read_text().endswith("}"), "the scheduler's address")
        made.address = json.loads(where.read_text())["address"]
        for name in ("alpha", "beta", "doomed"):
            made.workers[name] = stack.enter_context(made.worker(name))
        until(lambda: made.said().count("Registered to") == 3, "three workers that have registered")
        yield made


# Each user has one step that is measured at once, and one that would last until somebody cancels it.
NOTING = """
from pathlib import Path
from plimsoll import feed, journey
from beside import TABLE

STATEMENT = (Path(__file__).parent / "note.sql").read_text().replace("TABLE", TABLE)
numbers = feed.range(1, 6).unique()

@journey(writes=True)
async def note(user):
    await user.sql("note", STATEMENT, numbers)
    await user.sql("slow", "SELECT pg_sleep(600)")
"""


def test_machines_share_the_load_exactly_and_ctrl_c_ends_it_on_all_of_them(project: Project, cluster: Cluster) -> None:
    project.sql("CREATE TABLE noted (number int, process int DEFAULT pg_backend_pid())")
    project.write("beside.py", 'TABLE = "noted"')
    project.write("note.sql", "INSERT INTO TABLE (number) VALUES ($1)")
    where = ("--cluster", cluster.address, "--send", "note.sql")

    with project.running(NOTING, "--users", 6, "--duration", "60s", *where) as running:
        running.until_sleeping(6)
        running.tell(signal.SIGINT)
        outcome = running.ended()

    summary = outcome.assert_ended(INTERRUPTED)
    facts = json.loads((outcome.run / "run.json").read_text())
    samples = scan_samples(outcome.run / "samples").collect()
    assert project.sql("SELECT count(*), count(DISTINCT number), count(DISTINCT process) FROM noted") == "6|6|6"
    assert [(step["name"], step["count"], step["errors"]) for step in summary["steps"]] == [("note", 6, 0)]
    assert (summary["incomplete"], summary["generator"]["processes"], summary["valid"]) == (6, 3, True)
    assert [one["cpus"] for one in facts["machines"]] == [str(len(os.sched_getaffinity(0)))] * 3
    assert samples["step"].drop_nulls().to_list() == ["note"] * 6
    assert not cluster.left_behind()
    until(lambda: project.sessions() == 0, "the server without sessions of ours")
    project.assert_keeps_secrets(cluster.said())
    directory = RunDirectory(outcome.run)
    known = open_recorded(directory, directory.read_facts())
    assert known is not None
    assert any(note.startswith("the machines of the cluster: ") for note in known.notes)


LOOKING = """
from plimsoll import journey

@journey
async def look(user):
    await user.sql("select", "SELECT 1")
"""


def test_a_machine_that_dies_is_reported_and_the_others_go_on(project: Project, cluster: Cluster) -> None:
    load = ("--rate", 60, "--duration", "2s", "--cluster", cluster.address)
    with project.running(LOOKING, *load) as running:
        running.until_measured(1)
        children = psutil.Process(cluster.workers["doomed"].pid).children()
        cluster.workers["doomed"].send_signal(signal.SIGKILL)
        summary = running.ended().assert_ended(INVALID)

    assert "was lost: its connection was closed; what it had not yet told is missing" in summary["invalid_because"][0]
    assert summary["stopped_by"] == "completed"
    assert summary["duration_s"] > 1.9
    assert summary["requests"] >= 60  # the others' share is 80 or so
    (missing,) = (said for said in summary["warnings"] if "of steps and of journeys) are not here" in said)
    assert int(missing.split()[0]) > 0  # it had told a second's figures
    assert len(children) == 1
    assert not psutil.wait_procs(children, timeout=30)[1]
    assert not cluster.left_behind("alpha")
