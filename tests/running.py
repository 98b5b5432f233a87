"""`make test`: the suite in a few processes side by side, then what judges timing by itself: docs/decisions/0003.

With arguments it is one pytest with these. The processes share the work as `tests.sharing` says. Each begins at another
place, so that what it has read and compiled of the tests the others find, instead of all compiling all.
"""

import os
import subprocess
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from typing import IO

from plimsoll.testing.postgres import IN_MEMORY, room_in_memory
from tests.sharing import CLAIMS

TESTS, PROOFS = Path("tests"), Path("tests/prove")
PYTEST = (sys.executable, "-m", "pytest", f"--ignore={PROOFS}")
ALONE = "pytest.mark.alone"
PROCESSES = 4  # on two cores: a test waits for about half of its time, and then another has the core


def main(words: Sequence[str]) -> int:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if words or (os.cpu_count() or 1) < 2:
        return subprocess.run([*PYTEST, *words], check=False).returncode
    beside = _side_by_side()
    print("\n== what judges timing, with nothing beside it", flush=True)
    alone = subprocess.run([*PYTEST, "-q", "--durations=5", "-m", "alone", *_with_some_alone()], check=False).returncode
    return beside or alone


def _with_some_alone() -> list[str]:
    """To read all tests for the sake of these would take longer than some of them."""
    files = (path for place in places(TESTS) for path in _files(place))
    return [str(path) for path in files if ALONE in path.read_text(encoding="utf-8")]


def _side_by_side() -> int:
    """The worst exit code. What the first process says is shown as it comes, the others' when all have ended."""
    print(f"== everything else, in {PROCESSES} processes; all but the first are shown when all have ended", flush=True)
    with tempfile.TemporaryDirectory(prefix="plimsoll-claims-") as claims, ExitStack() as stack:
        kept = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(1, PROCESSES)]
        started = [_started(claims, out, number) for number, out in enumerate((None, *kept))]
        codes = [process.wait() for process in started]
        for number, out in enumerate(kept, 2):
            out.seek(0)
            print(f"\n== process {number}\n{out.read().decode(errors='replace')}", flush=True)
    return max(map(abs, codes))  # one that a signal ended has a negative one


def _started(claims: str, out: IO[bytes] | None, number: int) -> subprocess.Popen[bytes]:
    words = [*PYTEST, "-q", "--durations=10", "-m", "not alone", *map(str, places(TESTS, number))]
    environ = {**os.environ, **_in_memory(), CLAIMS: str(Path(claims))}
    return subprocess.Popen(words, env=environ, stdout=out, stderr=out)


def places(tests: Path, number: int = 0, processes: int = PROCESSES) -> list[Path]:
    """All that a directory of tests holds, with about as many files before each process's first as its number tells."""
    found = [path for path in sorted(tests.iterdir()) if path != PROOFS and _files(path)]
    before = list(accumulate((len(_files(path)) for path in found), initial=0))
    first = bisect_left(before, before[-1] * number / processes)
    return [*found[first:], *found[:first]]


def _files(place: Path) -> list[Path]:
    return sorted(place.rglob("test_*.py")) if place.is_dir() else [place] if place.match("test_*.py") else []


def _in_memory() -> dict[str, str]:
    """Servers' data where no disk is waited for, if there is room. What pytest keeps stays on the disk."""
    if not room_in_memory():
        return {}
    return {"TMPDIR": str(IN_MEMORY), "PYTEST_DEBUG_TEMPROOT": tempfile.gettempdir()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
