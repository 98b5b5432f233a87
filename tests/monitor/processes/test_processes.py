"""Single processes, who is below whom, and who is meant by the name of a tree."""

import os
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.processes.naming import find_roots, is_command, listening_inodes, parse_tree_name
from plimsoll.monitor.processes.reading import (
    Process,
    descendants,
    parse_io,
    parse_memory,
    parse_process,
    parse_run_delay,
    topmost,
)

STAT = "42 (a (b) c) S 7 42 42 0 -1 4194560 900 80 0 0 150 30 11 4 20 0 3 0 5150 99999744 2500 18446744073709551615 1"


def test_a_name_with_spaces_and_parentheses_does_not_shift_the_columns() -> None:
    assert parse_process(STAT) == Process(42, 7, "a (b) c", "S", 180, 15, 3, 5150, 2500)


@pytest.mark.parametrize("text", ["", "42", "42 (a) S 7", "no process at all"])
def test_half_a_line_is_no_process(text: str) -> None:
    assert parse_process(text) is None


def test_bytes_of_disks_are_told_apart_from_those_of_pipes() -> None:
    text = "rchar: 9\nwchar: 8\nread_bytes: 4096\nwrite_bytes: 512\ncancelled_write_bytes: 7\n"
    assert parse_io(text) == {"read_bytes": 4096, "write_bytes": 512}


def test_waits_for_a_core_are_nanoseconds() -> None:
    assert parse_run_delay("900 2500000000 12\n") == 2.5
    assert parse_run_delay("") is None


def test_shared_memory_is_told_in_both_ways() -> None:
    assert parse_memory("55e5-7ffd ---p 0 00:00 0   [rollup]\nRss: 100 kB\nPss: 40 kB\n") == (102_400, 40_960)
    assert parse_memory("55e5-7ffd ---p 0 00:00 0   [rollup]\n") is None


PARENTS = {1: 0, 10: 1, 11: 10, 12: 10, 13: 11, 20: 1}


def test_a_tree_is_all_below_its_root() -> None:
    assert descendants({10}, PARENTS) == {10, 11, 12, 13}
    assert descendants({99}, PARENTS) == set()


def test_processes_that_stand_in_a_circle_end_a_search() -> None:
    assert descendants({1}, {1: 2, 2: 1}) == {1, 2}


def test_workers_that_share_a_socket_with_their_master_belong_to_it() -> None:
    assert topmost({10, 11, 13, 20}, PARENTS) == {10, 20}


# -- names


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("port:8000", "port:8000"),
        (" port : 08000 ", "port:8000"),
        ("pid:42", "pid:42"),
        ("command:uvicorn a:b", "command:uvicorn a:b"),
    ],
)
def test_a_tree_is_named_by_port_pid_or_command(text: str, shown: str) -> None:
    assert str(parse_tree_name(text)) == shown


@pytest.mark.parametrize(
    "text", ["", "8000", "port:", "port:0", "port:65536", "port:http", "pid:-1", "pid:٤", "user:x"]
)
def test_other_names_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_tree_name(text)
    assert "port:8000" in refused.value.remedy


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("gunicorn", "/usr/bin/python3\0/srv/app/bin/gunicorn\0app:app\0"),
        ("python3", "python3\0-m\0gunicorn\0app:app\0"),
        ("python3", "gunicorn: master [app:app]"),
        ("gunicorn", ""),
    ],
)
def test_a_program_is_known_by_its_name_or_as_a_script_or_module(name: str, line: str) -> None:
    assert is_command("gunicorn", name, line)


def test_a_word_somewhere_in_the_arguments_is_another_program() -> None:
    assert not is_command("gunicorn", "vim", "vim\0-R\0-n\0/etc/gunicorn\0")
    assert not is_command("gunicorn", "gunicornx", "gunicornx\0")


def test_several_words_are_looked_for_in_the_command_line() -> None:
    assert is_command("uvicorn shop.main:app", "python3", "python3\0-m\0uvicorn\0shop.main:app\0")
    assert not is_command("uvicorn other:app", "python3", "python3\0-m\0uvicorn\0shop.main:app\0")


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 777 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:9999 01 00000000:00000000 00:00000000 00000000   101        0 778 1 0 100 0 0 10 0
   2: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 779 1 0 100 0 0 10 0
"""


def test_the_socket_that_listens_is_told_apart_from_connections_to_it() -> None:
    assert listening_inodes(TCP, 8000) == {"777"}
    assert listening_inodes(TCP, 80) == set()


def a_process(proc: Path, pid: int, name: str, *sockets: int) -> None:
    files = proc / str(pid) / "fd"
    files.mkdir(parents=True)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    for number, inode in enumerate(sockets):
        (files / str(number)).symlink_to(f"socket:[{inode}]")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    return tmp_path


def test_a_port_leads_to_the_topmost_process_that_holds_its_socket_but_not_to_the_first_of_all(proc: Path) -> None:
    for pid, name in ((1, "systemd"), (10, "gunicorn"), (11, "gunicorn"), (20, "other")):
        a_process(proc, pid, name, *((777,) if pid != 20 else (778,)))
    assert find_roots(parse_tree_name("port:8000"), proc, PARENTS) == {10}


def test_a_port_of_a_container_says_how_to_name_what_is_in_it(proc: Path) -> None:
    a_process(proc, 10, "docker-proxy", 777)
    with pytest.raises(CollectorLostError, match="into a container"):
        find_roots(parse_tree_name("port:8000"), proc, PARENTS)


def test_who_is_not_there_is_said_in_plain_words(proc: Path) -> None:
    with pytest.raises(CollectorLostError, match="nobody listens on port 80 of this machine"):
        find_roots(parse_tree_name("port:80"), proc, PARENTS)
    with pytest.raises(CollectorLostError, match="only that user or root may see"):
        find_roots(parse_tree_name("port:8000"), proc, PARENTS)
    with pytest.raises(CollectorLostError, match="no process 99"):
        find_roots(parse_tree_name("pid:99"), proc, PARENTS)
    with pytest.raises(CollectorLostError, match="no process runs gunicorn"):
        find_roots(parse_tree_name("command:gunicorn"), proc, PARENTS)


def test_we_ourselves_are_never_meant_by_a_command(proc: Path) -> None:
    a_process(proc, os.getpid(), "gunicorn")
    with pytest.raises(CollectorLostError):
        find_roots(parse_tree_name("command:gunicorn"), proc, {os.getpid(): 1, 1: 0})
