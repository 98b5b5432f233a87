"""What another account can reach, and where a socket finds room."""

import os
import tempfile
from pathlib import Path

import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.account import Account, barrier
from plimsoll.embedded.binaries import PostgresBinaries
from plimsoll.embedded.places import SHORT_PLACES, fits_socket, read_private, room, tail, usable, write_private

STRANGER = Account(uid=54321, gid=54321, name="stranger")


def test_the_first_closed_directory_on_the_way_is_the_barrier(place: Path) -> None:
    closed = place / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)

    assert barrier(closed / "inside", STRANGER) == closed.resolve()
    assert barrier(place, STRANGER) is None


def test_a_directory_that_can_be_passed_but_not_read_is_a_barrier_only_at_the_end(place: Path) -> None:
    passage = place / "passage"
    (passage / "inside").mkdir(parents=True)
    passage.chmod(0o711)

    assert barrier(passage / "inside", STRANGER) is None
    assert barrier(passage, STRANGER) == passage.resolve()


def test_a_link_is_judged_by_where_it_leads(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    (place / "link").symlink_to(closed)

    assert barrier(place / "link", STRANGER) == closed.resolve()


def test_what_does_not_exist_yet_is_no_barrier(place: Path) -> None:
    assert barrier(place / "not" / "yet", STRANGER) is None


def test_the_owner_is_judged_by_the_owners_bits(place: Path) -> None:
    mine = place / "mine"
    mine.mkdir()
    mine.chmod(0o077)

    assert barrier(mine, Account(os.geteuid(), os.getegid(), "me")) == mine.resolve()


def test_a_socket_directory_is_refused_by_one_byte_too_many() -> None:
    rest = len("/s/.s.PGSQL.65535")

    assert fits_socket(Path("/" + "x" * (107 - rest - 5)))
    assert not fits_socket(Path("/" + "é" * 60))


def test_a_shorter_place_is_taken_when_the_temporary_directory_is_too_long(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = place / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    assert room(None) in {Path(name).resolve() for name in SHORT_PLACES}


def test_a_directory_in_which_everybody_may_rename_everything_is_no_place(place: Path) -> None:
    place.chmod(0o777)
    assert not usable(place, None)
    place.chmod(0o1777)
    assert usable(place, None)


def test_a_private_file_is_whole_private_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "first", None)
    write_private(path, "second", None)

    assert read_private(path) == "second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_place_of_a_private_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("not for us", encoding="utf-8")
    (tmp_path / "secret").symlink_to(tmp_path / "other")

    with pytest.raises(OSError, match="symbolic links"):
        read_private(tmp_path / "secret")


def test_the_tail_of_a_log_begins_where_this_start_began(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old failure\n" + "new\n", encoding="utf-8")

    assert tail(log, since=len("old failure\n")) == "new\n"
    assert tail(tmp_path / "none") == ""


def test_programs_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no postgres, no initdb, no psql"):
        PostgresBinaries(tmp_path).version  # noqa: B018 -- asking is what fails


def test_programs_of_another_machine_are_said_not_to_run_here(tmp_path: Path) -> None:
    for name in ("postgres", "initdb", "psql"):
        (tmp_path / name).write_bytes(b"\x7fELF of some other processor")
        (tmp_path / name).chmod(0o755)

    with pytest.raises(ServiceError, match="do not run here") as caught:
        PostgresBinaries(tmp_path).version  # noqa: B018 -- asking is what fails
    assert "install PostgreSQL" in caught.value.remedy
