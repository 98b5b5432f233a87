"""What is said to be cold is: files are looked for in the system's memory after it was told to forget them."""

import os
from pathlib import Path

from plimsoll.core.tuning.proof import Interval95, Measured, QueryProof
from plimsoll.tune.proving.cold import STATEMENTS_MAX, forget, heaviest, in_memory

PAGES = 64


def resident(file: Path) -> int:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return in_memory(descriptor, file.stat().st_size)
    finally:
        os.close(descriptor)


def test_a_file_is_forgotten_or_said_to_stay(tmp_path: Path) -> None:
    file = tmp_path / "16384"
    file.write_bytes(os.urandom(PAGES * 4096))
    assert resident(file) > 0
    assert forget([file, tmp_path / "gone", tmp_path]) is (resident(file) == 0)


def test_the_heaviest_statements_that_are_faster_are_looked_at() -> None:
    side = Measured(Interval95(1.0, 1.0, 1.0))
    faster = [QueryProof(f"q{at}", side, side, "better", float(at)) for at in range(20)]
    found = heaviest([*faster, QueryProof("other", side, side, "same", 1000.0)])
    assert [one.query for one in found] == [f"q{at}" for at in range(19, 19 - STATEMENTS_MAX, -1)]
