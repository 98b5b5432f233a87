"""A data directory that is kept: made, reused, refused."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import PostgresServer, running_dsn, start_postgres, starting
from plimsoll.embedded.account import server_account
from plimsoll.testing.postgres import server_binaries


def make_plain(path: Path, **files: str) -> Path:
    path.mkdir(mode=0o700)
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def snapshot(path: Path) -> dict[str, str]:
    return {entry.name: entry.read_text(encoding="utf-8") for entry in path.iterdir() if entry.is_file()}


def test_data_and_password_are_kept_from_one_start_to_the_next(place: Path) -> None:
    data = place / "new" / "parents" / "data"
    assert running_dsn(data) is None
    with start_postgres(data) as first:
        assert running_dsn(data) == first.dsn
        first.sql("CREATE TABLE kept AS SELECT 7 AS n")
        password = first.dsn.split(":")[2].split("@")[0]
    with start_postgres(data, settings={"work_mem": "5MB"}) as second:
        assert second.sql("SELECT n FROM kept") == "7"
        assert second.sql("SHOW work_mem") == "5MB"
        assert f":{password}@" in second.dsn
        assert second.data_dir == data

    assert running_dsn(data) is None
    assert (data / "PG_VERSION").exists()
    assert (data / "plimsoll.password").stat().st_mode & 0o777 == 0o600
    assert not (data / "postmaster.pid").exists()
    assert not second.socket_dir.parent.exists()


def test_what_alter_system_set_stands_above_our_settings(place: Path) -> None:
    with start_postgres(place / "data") as server:
        server.sql("ALTER SYSTEM SET work_mem = '7MB'")
    with start_postgres(place / "data") as server:
        assert server.sql("SHOW work_mem") == "7MB"


def test_a_directory_in_use_names_the_process_that_uses_it(place: Path) -> None:
    with start_postgres(place / "data") as server:
        with pytest.raises(ServiceError, match=f"process {server.pid}") as caught:
            start_postgres(place / "data")
        assert server.sql("SELECT 1") == "1"

    assert str(server.pid) in caught.value.remedy


def test_a_server_that_others_started_there_is_named_too(place: Path) -> None:
    with start_postgres(place / "data") as ours:
        program, account = ours.binaries.program("postgres"), server_account()
    argv = [program, "-D", ours.data_dir, "-c", "listen_addresses=", "-c", f"unix_socket_directories={ours.data_dir}"]
    lent: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    with subprocess.Popen([*map(str, argv)], stderr=subprocess.PIPE, text=True, cwd="/", **lent) as theirs:
        assert theirs.stderr is not None
        assert any("ready to accept connections" in line for line in theirs.stderr)

        with pytest.raises(ServiceError, match=f"process {theirs.pid}"):
            start_postgres(place / "data")
        theirs.send_signal(signal.SIGINT)

    with start_postgres(place / "data") as again:
        assert again.sql("SELECT 1") == "1"


def test_of_two_that_start_at_once_on_the_same_directory_one_is_served(place: Path) -> None:
    def start() -> PostgresServer | ServiceError:
        try:
            return start_postgres(place / "data")
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(2) as threads:
        results = [task.result() for task in [threads.submit(start), threads.submit(start)]]

    (server,) = [result for result in results if isinstance(result, PostgresServer)]
    with server:
        assert server.sql("SELECT 1") == "1"


def test_a_server_that_does_not_get_ready_is_given_up_with_its_last_words(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_postgres(place / "data") as server:
        owner = server.data_dir.stat()
    (place / "data" / "standby.signal").touch()  # it waits for a primary that there is not, closed to everybody
    os.chown(place / "data" / "standby.signal", owner.st_uid, owner.st_gid)
    monkeypatch.setattr(starting, "READY_SECONDS_MAX", 1.0)

    with pytest.raises(ServiceError, match=r"not ready after 1 s.*entering standby mode"):
        start_postgres(place / "data", settings={"hot_standby": "off"})
    assert not (place / "data" / "postmaster.pid").exists()


def test_locks_of_a_crash_are_no_obstacle(place: Path) -> None:
    server = start_postgres(place / "data")
    process = psutil.Process(server.pid)
    children = process.children()
    note = (place / "data" / "postmaster.pid").read_bytes()
    process.kill()
    psutil.wait_procs([process, *children], timeout=60)
    server.stop()
    assert (place / "data" / "postmaster.pid").read_bytes() == note

    with start_postgres(place / "data") as again:
        assert again.sql("SELECT 1") == "1"


def test_a_lock_whose_number_went_to_another_program_is_no_obstacle(place: Path) -> None:
    with start_postgres(place / "data") as server:
        note = (place / "data" / "postmaster.pid").read_text(encoding="utf-8")
    _, rest = note.split("\n", 1)
    (place / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{rest}", encoding="utf-8")

    with start_postgres(place / "data") as again:
        assert again.pid != server.pid


def test_data_of_another_major_version_is_refused_with_both_versions(place: Path) -> None:
    old = server_binaries(15)
    with start_postgres(place / "data", binaries=old) as server:
        assert server.version == old.version

    with pytest.raises(ServiceError, match=r"is of PostgreSQL 15, the programs are of 18\."):
        start_postgres(place / "data", binaries=server_binaries(18))
    with start_postgres(place / "data", binaries=old) as again:
        assert again.sql("SELECT 1") == "1"


def test_a_directory_with_other_things_is_refused_and_left_alone(place: Path) -> None:
    data = make_plain(place / "data", thesis="the only copy")

    with pytest.raises(ServiceError, match="it is not empty and holds no PostgreSQL server"):
        start_postgres(data)
    assert snapshot(data) == {"thesis": "the only copy"}


def test_a_file_is_no_data_directory(place: Path) -> None:
    (place / "data").write_text("a file", encoding="utf-8")

    with pytest.raises(ServiceError, match="it is a file"):
        start_postgres(place / "data")


def test_a_cluster_that_others_made_is_refused_and_left_alone(place: Path) -> None:
    with start_postgres(place / "data"):
        pass
    (place / "data" / "plimsoll.password").unlink()
    before = snapshot(place / "data")

    with pytest.raises(ServiceError, match="not made by Plimsoll"):
        start_postgres(place / "data")
    assert snapshot(place / "data") == before


def test_an_empty_directory_open_to_others_is_refused_with_its_mode_unchanged(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data").chmod(0o755)

    with pytest.raises(ServiceError, match="its mode is 0755") as caught:
        start_postgres(place / "data")
    assert (place / "data").stat().st_mode & 0o777 == 0o755
    assert "chmod 700" in caught.value.remedy


def test_a_wrong_setting_spoils_the_start_and_not_the_data(place: Path) -> None:
    with pytest.raises(ServiceError, match="invalid value for parameter"):
        start_postgres(place / "data", settings={"shared_buffers": "nonsense"})

    with start_postgres(place / "data") as server:
        assert server.sql("SELECT 1") == "1"


def test_a_log_of_former_starts_is_not_taken_for_this_ones(place: Path) -> None:
    with start_postgres(place / "data") as server:
        log = server.log_path
    with log.open("a", encoding="utf-8") as file:
        file.write("PANIC:  could not write: No space left on device\n")

    with pytest.raises(ServiceError, match="unrecognized configuration parameter"):
        start_postgres(place / "data", settings={"no_such_thing": "1"})
