"""`make test`: the suite in two processes side by side, then what judges timing by itself: docs/decisions/0003.

With arguments it is one pytest with these. The processes share the work as `tests.sharing` says.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.sharing import CLAIMS

PYTEST = (sys.executable, "-m", "pytest", "--ignore=tests/prove")


def main(words: Sequence[str]) -> int:
    if words or (os.cpu_count() or 1) < 2:
        return subprocess.run([*PYTEST, *words], check=False).returncode
    with tempfile.TemporaryDirectory(prefix="plimsoll-claims-") as claims:
        beside = _side_by_side(claims)
    print("\n== what judges timing, with nothing beside it", flush=True)
    alone = subprocess.run([*PYTEST, "-q", "--durations=5", "-m", "alone"], check=False).returncode
    return beside or alone


def _side_by_side(claims: str) -> int:
    """The worse exit code of two processes. What the second says is shown when both have ended."""
    print("== everything else, in two processes; the second is shown when both have ended", flush=True)
    with tempfile.TemporaryFile() as kept:
        both = [_started(claims, None), _started(claims, kept)]
        codes = [process.wait() for process in both]
        kept.seek(0)
        print(f"\n== the second process\n{kept.read().decode(errors='replace')}", flush=True)
    return max(map(abs, codes))  # one that a signal ended has a negative one


def _started(claims: str, out: IO[bytes] | None) -> subprocess.Popen[bytes]:
    words = [*PYTEST, "-q", "--durations=10", "-m", "not alone"]
    return subprocess.Popen(words, env={**os.environ, CLAIMS: str(Path(claims))}, stdout=out, stderr=out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
