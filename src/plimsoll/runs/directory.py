"""The run directory: how it is made, found and listed, and how its files are written whole or not at all."""

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import IO, Any

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.runs.facts import FIND, RunFacts

RUNS_ROOT = Path(".plimsoll") / "runs"
RESERVE_BYTES = 512 * 1024  # given back just before the summary is written, so that a full disk cannot lose it
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,80}")


class RunDirectory:
    """One run's files. Created private (0700): samples and error texts may hold what a scenario reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def facts_path(self) -> Path:
        return self.path / "run.json"

    @property
    def summary_path(self) -> Path:
        return self.path / "summary.json"

    @property
    def intervals_path(self) -> Path:
        return self.path / "intervals.jsonl"

    @property
    def samples_path(self) -> Path:
        return self.path / "samples"

    @property
    def series_path(self) -> Path:
        return self.path / "series.sqlite"

    @property
    def report_path(self) -> Path:
        return self.path / "report.html"

    @property
    def log_path(self) -> Path:
        return self.path / "run.log"

    @property
    def _reserve_path(self) -> Path:
        return self.path / ".reserve"

    @classmethod
    def create(cls, root: Path, started: datetime) -> "RunDirectory":
        """Makes a new directory under `root` and holds its lock until `close`. Raises UsageError if it cannot."""
        moment = started.microsecond * 4096 // 1_000_000  # so that names of one second are in their order, too
        run_id = f"{started:%Y%m%d-%H%M%S}-{moment:03x}{secrets.token_hex(2)[:3]}"
        directory = cls(root / run_id)
        try:
            directory.path.mkdir(parents=True, mode=0o700)
        except OSError as error:  # nothing to discard: where the name is taken, it is another run's
            raise directory._cannot_create(error) from error
        try:
            directory.path.chmod(0o700)
            keep_out_of_git(root)
            directory.samples_path.mkdir(mode=0o700)
            directory._reserve_path.write_bytes(os.urandom(RESERVE_BYTES))  # random: some file systems compress
            directory._lock = (directory.path / ".lock").open("w")
            fcntl.flock(directory._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            directory.discard()
            raise directory._cannot_create(error) from error
        return directory

    def _cannot_create(self, error: OSError) -> UsageError:
        return UsageError(
            "cannot create the run directory",
            where=str(self.path),
            why=error.strerror or str(error),
            remedy="free some space or choose another place with --runs DIR",
        )

    def discard(self) -> None:
        """Removes a directory whose run never began."""
        self.close()
        for path in sorted(self.path.rglob("*"), reverse=True):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        with suppress(OSError):
            self.path.rmdir()

    def is_live(self) -> bool:
        """Whether some process is still writing this run."""
        try:
            with (self.path / ".lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who look do not see each other
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def release_reserve(self) -> None:
        self._reserve_path.unlink(missing_ok=True)

    def write_facts(self, facts: RunFacts) -> None:
        """Raises UsageError if there is no room."""
        try:
            write_whole(self.facts_path, json.dumps(facts.to_json(), indent=2))
        except OSError as error:
            raise self._cannot_create(error) from error

    def read_facts(self) -> RunFacts:
        return RunFacts.from_json(read_json(self.facts_path), where=str(self.path))


def keep_out_of_git(root: Path) -> None:
    """Samples and error texts may hold what nobody wants in a repository."""
    ignore = root.parent / ".gitignore"
    if root.parent.name == RUNS_ROOT.parent.name and not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader sees all of it or none, whatever kills us."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> Any:
    """Raises RunDirectoryError when the file is missing or is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else f"it is damaged ({error})"
        raise RunDirectoryError(f"cannot read {path.name}", where=str(path.parent), why=why) from error


def list_runs(root: Path) -> list[RunDirectory]:
    """All runs under `root`, oldest first."""
    if not root.is_dir():
        return []
    return [RunDirectory(path) for path in sorted(root.iterdir()) if (path / "run.json").is_file()]


def live_runs(root: Path) -> Iterator[RunDirectory]:
    return (run for run in list_runs(root) if run.is_live())


def _is_there(path: Path) -> bool:
    """Whether it is a file; of what could be no path at all it is said that it is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def find_run(root: Path, name: str) -> RunDirectory:
    """A run by id, unambiguous beginning of one, path, or "latest", which no step of a search is.

    Raises RunDirectoryError when there is none.
    """
    as_path = Path(name)
    if _is_there(as_path / "run.json"):
        return RunDirectory(as_path)
    runs = list_runs(root)
    if name == "latest" and runs:
        return _latest(root, runs)
    matches = [run for run in runs if _RUN_ID.fullmatch(name) and run.run_id.startswith(name)]
    matches = [run for run in matches if run.run_id == name] or matches
    if len(matches) == 1:
        return matches[0]
    why, remedy = _no_run(root, name, len(matches))
    raise RunDirectoryError(f"cannot find run {name!r}", where=str(root), why=why, remedy=remedy)


def _no_run(root: Path, name: str, matches: int) -> tuple[str, str]:
    """Why that is no run, and what to do: people name what stands beside runs, too."""
    listed = "see what there is: plimsoll runs"
    if matches:
        return f"{matches} runs begin so", listed
    if Path(name).name.startswith(FIND):
        return "that is a search for the load line, of several runs", "name one of its steps: plimsoll runs lists them"
    if Path(name).name.startswith("series-"):
        return "that is a series of several runs", "name one of them: plimsoll runs lists them"
    if _is_there(Path(name)):
        return "that is a file, not a run", f"to read samples: plimsoll analyze {quote(name)}; runs: plimsoll runs"
    return "there is no such run", listed


def _latest(root: Path, runs: list[RunDirectory]) -> RunDirectory:
    """There must be a run."""
    found = next((run for run in reversed(runs) if not _is_step_of_find(run)), None)
    if found is None:
        raise RunDirectoryError(
            "cannot find run 'latest'",
            where=str(root),
            why="all runs there are steps of plimsoll find",
            remedy=f"name one: {runs[-1].run_id}",
        )
    return found


def _is_step_of_find(run: RunDirectory) -> bool:
    try:
        return run.read_facts().is_step_of_find
    except RunDirectoryError:
        return False
