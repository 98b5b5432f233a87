"""What is printed into a pipe: prose broken where it may be, what is there to copy never."""

import io
import os
import sys

import pytest

from plimsoll.cli.printing import broken, tells_progress

PROSE = "   " + "word " * 40
SQL = "     CREATE INDEX " + "column_with_a_long_name, " * 10


def test_prose_is_broken_within_its_indentation_and_nothing_is_lost() -> None:
    lines = broken(PROSE.rstrip(), 120)
    assert max(map(len, lines)) <= 120
    assert all(line.startswith("   word") for line in lines)
    assert " ".join(lines).split() == PROSE.split()


def test_what_is_there_to_copy_stays_in_one_line() -> None:
    assert broken(SQL, 120) == [SQL]


def test_progress_is_told_beside_json_to_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(ours), os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert tells_progress(as_json=True)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert (tells_progress(as_json=True), tells_progress(as_json=False)) == (False, True)
