"""The real command line as a child process, in a project directory of its own, with what must always hold checked."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plimsoll.cli.main import main
from plimsoll.embedded import PostgresServer

PROGRAM = Path(sys.executable).with_name("plimsoll")
PATIENCE_SECONDS = 60.0  # a bound, not a wait
LOOK_SECONDS = 0.02
ERROR = re.compile(r"error: [^\n]+\. try: [^\n]+\n")

OK, UNEXPECTED, USAGE, REFUSED, MISSED, INVALID, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

SELECT = """
from plimsoll import journey

@journey
async def look(user):
    await user.sql("select", "SELECT 1")
"""


def until(condition: Callable[[], object], what: str) -> None:
    """Returns once the condition holds; fails the test if it does not within PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(LOOK_SECONDS)


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str
    runs: Path

    @property
    def summary(self) -> dict[str, Any]:
        """The one JSON object that is all of stdout."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def run(self) -> Path:
        (only,) = self.runs.iterdir()
        return only

    def assert_refused(self, code: int, *words: str) -> None:
        """One line that says what is wrong and what to try; nothing on stdout, no run directory."""
        assert (self.code, self.stdout) == (code, ""), self.stderr
        assert ERROR.fullmatch(self.stderr), self.stderr
        missing = [word for word in words if word not in self.stderr]
        assert not missing, f"{missing} not in {self.stderr}"
        assert not self.runs.exists() or not list(self.runs.iterdir())

    def assert_ended(self, code: int) -> dict[str, Any]:
        """A run that made its summary: stdout holds it, as does summary.json. Returns it."""
        assert self.code == code, f"exit {self.code}: {self.stderr}{self.stdout}"
        assert self.summary == json.loads((self.run / "summary.json").read_text())
        return self.summary


@dataclass
class Running:
    """A command under way. Its output goes to files, so that it never waits for us to read."""

    process: subprocess.Popen[bytes]
    project: "Project"
    out: Path
    err: Path

    @property
    def run(self) -> Path:
        """The run's directory, as soon as there is one."""
        until(lambda: list(self.project.runs.glob("*/run.json")), "a run directory")
        (only,) = self.project.runs.iterdir()
        return only

    def intervals(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self.project.runs.glob("*/intervals.jsonl"))

    def until_measured(self, seconds: int = 1) -> None:
        """Until the intervals of so many seconds are on disk."""
        self._until(lambda: self.intervals() >= seconds, f"{seconds} intervals on disk")

    def until_sleeping(self, count: int) -> None:
        """Until so many statements of the run sleep on the server."""
        self._until(lambda: self.project.sleepers() == count, f"{count} statements that sleep")

    def _until(self, condition: Callable[[], object], what: str) -> None:
        until(lambda: condition() or self.process.poll() is not None, what)
        assert self.process.poll() is None, f"it ended before there was {what}: {self.err.read_text()}"

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def tell_group(self, number: signal.Signals) -> None:
        """As a terminal does: everybody hears it."""
        os.killpg(self.process.pid, number)

    def ended(self) -> Outcome:
        code = self.process.wait(PATIENCE_SECONDS)
        return self.project.checked(code, self.out.read_text(), self.err.read_text())


@dataclass
class Project:
    """A directory from which commands are started, against one database."""

    path: Path
    server: PostgresServer
    database: str
    secrets: set[str] = field(default_factory=set)
    environ: dict[str, str] = field(default_factory=dict)
    _started: int = 0

    @property
    def runs(self) -> Path:
        return self.path / ".plimsoll" / "runs"

    @property
    def dsn(self) -> str:
        return self.server.dsn_of(self.database)

    def dsn_as(self, user: str, password: str, *, database: str | None = None, port: int | None = None) -> str:
        self.secrets.add(password)
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.server.port}/{database or self.database}"

    def sql(self, *statements: str) -> str:
        return self.server.sql(*statements, database=self.database)

    def sleepers(self) -> int:
        return self._sessions("state = 'active' AND wait_event = 'PgSleep'")

    def sessions(self) -> int:
        """Connections to the project's database, besides the one that asks."""
        return self._sessions("true")

    def _sessions(self, condition: str) -> int:
        query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.database}' AND {condition}"
        return int(self.server.sql(query))

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path

    def plimsoll(self, *words: object, environ: Mapping[str, str] | None = None) -> Outcome:
        """Runs a command to its end."""
        with self.started(*words, environ=environ) as running:
            return running.ended()

    def here(self, *words: object, environ: Mapping[str, str] | None = None) -> Outcome:
        """As `plimsoll`, in this process: starting an interpreter takes longer than most of what is tested."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err), chdir(self.path):
            patch.setattr(sys, "argv", ["plimsoll", *map(str, words)])
            patch.setattr(os, "environ", self._environ(environ or {}))
            with pytest.raises(SystemExit) as ended:
                main()
        assert isinstance(ended.value.code, int)
        return self.checked(ended.value.code, out.getvalue(), err.getvalue())

    def run_here(self, scenario: str, *words: object, environ: Mapping[str, str] | None = None) -> Outcome:
        """As `run`, in this process."""
        return self.here(*self._run_words(scenario, words), environ=environ)

    def run(self, scenario: str, *words: object, environ: Mapping[str, str] | None = None) -> Outcome:
        """`plimsoll run` of a scenario's text on the project's database, with the summary on stdout."""
        return self.plimsoll(*self._run_words(scenario, words), environ=environ)

    @contextmanager
    def running(self, scenario: str, *words: object) -> Iterator[Running]:
        with self.started(*self._run_words(scenario, words)) as running:
            yield running

    def _run_words(self, scenario: str, words: tuple[object, ...]) -> list[object]:
        self.write("scenario.py", scenario)
        where = [] if {"--dsn", "--env"} & set(words) else ["--dsn", "env:TEST_DSN"]
        return ["run", "scenario.py", "--json", *where, *words]

    @contextmanager
    def started(self, *words: object, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
        """A command in a session of its own, all of which is ended in the end."""
        self._started += 1
        out, err = (self.path / f".{name}.{self._started}" for name in ("stdout", "stderr"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [str(PROGRAM), *map(str, words)],
                cwd=self.path,
                env=self._environ(environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        try:
            yield Running(process, self, out, err)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "GITHUB_", "PLIMSOLL"))}
        ours = {"HOME": str(self.path), "COLUMNS": "160", "TEST_DSN": self.dsn}
        return {**kept, **ours, **self.environ, **more}

    def checked(self, code: int, stdout: str, stderr: str) -> Outcome:
        """What holds for every command: no traceback, and no password anywhere."""
        assert "Traceback" not in stdout + stderr, stderr
        self.assert_keeps_secrets(stdout + stderr)
        return Outcome(code, stdout, stderr, self.runs)

    def assert_keeps_secrets(self, said: str) -> None:
        written = [path.read_bytes() for path in self.path.glob(".plimsoll/**/*") if path.is_file()]
        for secret in {self.dsn.split("@")[0].split(":")[2], *self.secrets}:
            assert secret not in said
            assert not any(secret.encode() in content for content in written)
