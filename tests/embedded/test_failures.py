"""From what PostgreSQL says to what a user can do about it."""

from pathlib import Path

import pytest

from plimsoll.embedded.failures import explain, last_lines

DATA = Path("/somewhere/data")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("initdb: error: could not write file: No space left on device", "no space is left"),
        ("PANIC:  could not write to file: Disk quota exceeded", "no space is left"),
        ("FATAL:  could not create semaphores: No space left on device", "no more semaphores"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "no more semaphores"),
        (
            'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is it (PID 4711)?',
            "already uses this data directory",
        ),
    ],
)
def test_a_known_failure_is_named_and_has_a_remedy(said: str, what: str) -> None:
    error = explain("PostgreSQL ended", said, DATA)

    assert what in error.what
    assert error.remedy
    assert error.where == str(DATA)


def test_a_server_in_the_way_is_named_by_its_process() -> None:
    said = 'lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 4711) running'

    assert "4711" in explain("PostgreSQL ended", said, DATA).why


def test_an_unknown_failure_shows_the_last_lines_of_the_log() -> None:
    error = explain("PostgreSQL ended", "\n".join(f"line {n}" for n in range(10)), DATA)

    assert error.what == "PostgreSQL ended"
    assert error.why == "line 5 | line 6 | line 7 | line 8 | line 9"


def test_silence_is_said_to_be_silence() -> None:
    assert last_lines(" \n") == "it said nothing"
