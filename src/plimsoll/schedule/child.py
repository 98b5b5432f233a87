"""A scheduled run as a child process: how it is started and stopped, and how what it left is read."""

import asyncio
import fcntl
import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from plimsoll.core.errors import RefusedError
from plimsoll.schedule import keeper
from plimsoll.schedule.outcome import Ended
from plimsoll.settings.masking import mask
from plimsoll.settings.schedules import Schedule

SUMMARY_BYTES_MAX: Final = 20_000_000  # one of a thousand steps has half a megabyte
KEPT_FOLDERS_MAX: Final = 200  # of the firings before them the log is removed; the history stays
LOOK_S: Final = 0.1  # how often a keeper that outlived its owner is looked for
PATIENCE_S: Final = sum(patience for _, patience in keeper.LADDER) + 30


class Folder:
    """The files of one firing: what the run printed and said, and how it ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner: IO[str] | None = None

    def create(self) -> None:
        """Makes it anew, and holds it as its owner. Raises RefusedError."""
        try:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(parents=True, mode=0o700)
            self._owner = (self.path / "owner").open("w")
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RefusedError(
                "cannot keep what a run says", where=str(self.path), why=error.strerror or "", remedy="free some space"
            ) from error

    def close(self) -> None:
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def is_owned(self) -> bool:
        """Whether the process that started the run still waits for it."""
        return _is_locked(self.path / "owner")

    def is_kept(self) -> bool:
        """Whether the run, or its keeper, is still there."""
        return _is_locked(self.path / "lock")

    def read(self) -> Ended:
        """How the run ended, as far as it is known."""
        end = self._json("end.json")
        said = mask(self._text("log", keeper.LOG_BYTES_MAX * 2))
        return Ended(end.get("exit"), end.get("stopped", ""), self._json("summary.json"), said)

    def _json(self, name: str) -> dict[str, Any]:
        with suppress(ValueError):
            found = json.loads(self._text(name, SUMMARY_BYTES_MAX))
            return found if isinstance(found, dict) else {}
        return {}

    def _text(self, name: str, bytes_max: int) -> str:
        with suppress(OSError), (self.path / name).open("rb") as file:
            return file.read(bytes_max).decode(errors="replace")
        return ""


def _is_locked(path: Path) -> bool:
    try:
        with path.open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def prune(root: Path) -> None:
    """Removes the folders of all but the last firings."""
    folders = sorted((path for path in root.glob("*") if path.name.isdecimal()), key=lambda path: int(path.name))
    for path in folders[:-KEPT_FOLDERS_MAX]:
        shutil.rmtree(path, ignore_errors=True)


def command_of(schedule: Schedule, *, config: Path | None, runs: Path) -> list[str]:
    """The command that makes a run. No secret is on it: those come from plimsoll.toml and variables."""
    said = [sys.executable, "-P", "-m", "plimsoll.cli.main", "run", str(schedule.scenario), "--json", "--alone"]
    options: Sequence[tuple[str, object]] = [
        ("--wait", f"{schedule.wait_s:g}"),
        ("--runs", runs),
        ("--seed", schedule.seed),
        ("--processes", schedule.processes),
        *([("--config", config)] if config else []),
        *([("--profile", schedule.profile)] if schedule.profile else []),
        *([("--env", schedule.environment)] if schedule.environment else []),
        *(("--goal", goal) for goal in schedule.goals),
        *(("--allow-protected", name) for name in schedule.allow_protected),
    ]
    return said + [f"{option}={value}" for option, value in options]


async def keep(folder: Folder, command: Sequence[str], seconds: float, stop: asyncio.Event) -> Ended:
    """Runs a command under a keeper, for so many seconds at most; `stop` ends it as Ctrl-C does."""
    words = (sys.executable, "-I", "-S", keeper.__file__, str(folder.path), f"{seconds:.3f}", *command)
    with (folder.path / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    ended = asyncio.create_task(process.wait())
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
        assert process.stdin is not None
        process.stdin.close()
        await ended
    finally:
        asked.cancel()
    return folder.read()


async def outlived(folder: Folder) -> Ended:
    """How a run ended whose owner is gone: its keeper stops it, which takes a while."""
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if not folder.is_kept():
            break
        await asyncio.sleep(LOOK_S)
    return folder.read()
