"""A disk without room: a small file system of memory, mounted for the test's child process alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plimsoll.embedded.failures import no_space

# In a mount namespace of its own: nothing of it is seen outside, and it goes with the process.
PROGRAM = """
import sys, tempfile
from pathlib import Path
from plimsoll.core.errors import ServiceError
from plimsoll.embedded import start_postgres

small, kind = Path(sys.argv[1]), sys.argv[2]
tempfile.tempdir = str(small) if kind == "throwaway" else None
try:
    start_postgres(small / "data" if kind == "kept" else None).stop()
except ServiceError as error:
    print(error.what, "|", error.remedy)
print(sorted(path.name for path in small.iterdir()))
"""


@pytest.mark.parametrize("megabytes", [0, 4, 30])
@pytest.mark.parametrize("kind", ["throwaway", "kept"])
def test_a_full_disk_is_named_and_nothing_is_left_on_it(place: Path, kind: str, megabytes: int) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("left out: a full disk takes root and unshare")
    small = place / "small"
    small.mkdir()
    size = f"{megabytes}m" if megabytes else "16k"
    mount = 'mount -t tmpfs -o "size=$1,mode=1777" tmpfs "$2" && exec "$3" -c "$4" "$2" "$5"'
    argv = ["unshare", "--mount", "sh", "-c", mount, "sh", size, str(small), sys.executable, PROGRAM, kind]

    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    assert done.stderr == ""
    error, left = done.stdout.splitlines()
    assert error.startswith("no space is left for PostgreSQL's data")
    assert "make room" in error
    assert left == "[]"


def test_the_remedy_says_how_much_room_it_takes(tmp_path: Path) -> None:
    assert "60 MB" in no_space(tmp_path).remedy
