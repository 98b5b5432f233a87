"""Running load generators as programs: what they print, and the CPU they take."""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLIMSOLL = Path(sys.executable).parent / "plimsoll"
FINE, INVALID = 0, 5  # exit codes of a run that was measured: one that must not be believed is for us to show
STARTUP_S = 120.0  # beyond the load itself, after which a client is given up


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended well: what it printed, and the CPU seconds of it and all it waited for."""

    output: str
    cpu_s: float


def call(
    argv: Sequence[object], seconds: float, extra: Mapping[str, str], folder: Path, allowed: Sequence[int]
) -> Ended:
    """Runs a client until it ends. Raises SystemExit with its last words for an exit status that is not allowed."""
    environment = {**os.environ, **extra}
    with (folder / "stdout").open("w+") as out, (folder / "stderr").open("w+") as err:
        before = _children_cpu_s()
        try:
            done = subprocess.run(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=folder,
                check=False,
                timeout=seconds + STARTUP_S,
            )
        except subprocess.TimeoutExpired:
            raise SystemExit(f"{Path(str(argv[0])).name} did not end within {seconds + STARTUP_S:.0f} s") from None
        cpu_s = _children_cpu_s() - before
        out.seek(0)
        err.seek(0)
        if done.returncode not in allowed:
            last = (err.read() + out.read())[-1500:]
            raise SystemExit(f"{Path(str(argv[0])).name} ended with status {done.returncode}:\n{last}")
        return Ended(out.read(), cpu_s)


def _children_cpu_s() -> float:
    """Of those that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
