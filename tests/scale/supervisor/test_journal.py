"""What children say is kept as far as it can be, and what could not be kept is told."""

import os
from pathlib import Path

from plimsoll.scale.supervisor.keeper.journal import Journal


def test_the_keeper_goes_on_where_the_disk_is_full_and_tells_how_much_was_lost(tmp_path: Path) -> None:
    journal = Journal("/dev/full", 1000)
    journal.write(b"one\ntwo\n")
    with (tmp_path / "log").open("wb") as log:
        os.dup2(log.fileno(), journal.file)
        journal.write(b"three\n")
        journal.write(b"four\n")
    os.close(journal.file)
    lost, *rest = (tmp_path / "log").read_text().splitlines()
    assert (lost.partition(" ")[2], rest) == (
        "keeper | 2 lines before this one could not be written",
        ["three", "four"],
    )


def test_a_log_that_could_not_begin_anew_does_so_later(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    journal = Journal(str(folder / "log"), 10)
    journal.write(b"123456\n")
    folder.rename(tmp_path / "away")
    journal.write(b"234567\n")
    folder.mkdir()
    journal.write(b"345678\n")
    os.close(journal.file)
    assert "345678" in (folder / "log").read_text()
