"""`make test`: the suite in a few processes side by side, then what judges timing by itself: docs/decisions/0003.

With arguments it is one pytest with these. The processes share the work as `tests.sharing` says.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from plimsoll.testing.postgres import IN_MEMORY, room_in_memory
from tests.sharing import CLAIMS

PYTEST = (sys.executable, "-m", "pytest", "--ignore=tests/prove")
PROCESSES = 3  # on two cores: a test waits for about a third of its time, and then another has the core


def main(words: Sequence[str]) -> int:
    if words or (os.cpu_count() or 1) < 2:
        return subprocess.run([*PYTEST, *words], check=False).returncode
    beside = _side_by_side()
    print("\n== what judges timing, with nothing beside it", flush=True)
    alone = subprocess.run([*PYTEST, "-q", "--durations=5", "-m", "alone"], check=False).returncode
    return beside or alone


def _side_by_side() -> int:
    """The worst exit code. What the first process says is shown as it comes, the others' when all have ended."""
    print(f"== everything else, in {PROCESSES} processes; all but the first are shown when all have ended", flush=True)
    with tempfile.TemporaryDirectory(prefix="plimsoll-claims-") as claims, ExitStack() as stack:
        kept = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(1, PROCESSES)]
        started = [_started(claims, out) for out in (None, *kept)]
        codes = [process.wait() for process in started]
        for number, out in enumerate(kept, 2):
            out.seek(0)
            print(f"\n== process {number}\n{out.read().decode(errors='replace')}", flush=True)
    return max(map(abs, codes))  # one that a signal ended has a negative one


def _started(claims: str, out: IO[bytes] | None) -> subprocess.Popen[bytes]:
    words = [*PYTEST, "-q", "--durations=10", "-m", "not alone"]
    environ = {**os.environ, **_in_memory(), CLAIMS: str(Path(claims))}
    return subprocess.Popen(words, env=environ, stdout=out, stderr=out)


def _in_memory() -> dict[str, str]:
    """Servers' data where no disk is waited for, if there is room. What pytest keeps stays on the disk."""
    if not room_in_memory():
        return {}
    return {"TMPDIR": str(IN_MEMORY), "PYTEST_DEBUG_TEMPROOT": tempfile.gettempdir()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
