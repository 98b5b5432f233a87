"""Trees that nobody named: sessions' waits for a core, and a listener that is the load itself."""

import socket
from pathlib import Path

import pytest

from plimsoll.monitor.collecting.collector import CollectorOffError
from plimsoll.monitor.processes.nearby import ListenerCollector, Sessions
from tests.monitor.clock import Clock, look


def a_backend(proc: Path, pid: int, title: str, *, ran_ns: int = 0, waited_ns: int = 0) -> None:
    (proc / str(pid)).mkdir(exist_ok=True)
    (proc / str(pid) / "cmdline").write_text(f"postgres: {title}\0\0\0")
    (proc / str(pid) / "schedstat").write_text(f"{ran_ns} {waited_ns} 7\n")


def test_only_sessions_of_clients_are_counted_by_their_own_clocks(tmp_path: Path) -> None:
    sessions = Sessions(1.0, tmp_path)
    for pid, title in enumerate(("app db 10.0.0.5(4711) idle", "app db [local] SELECT", "walwriter ")):
        a_backend(tmp_path, pid, title)
    assert sessions.look(100.0, (0, 1, 2)) == {}
    a_backend(tmp_path, 0, "app db 10.0.0.5(4711) idle", ran_ns=200_000_000, waited_ns=900_000_000)
    a_backend(tmp_path, 1, "app db [local] SELECT", ran_ns=100_000_000, waited_ns=100_000_000)
    a_backend(tmp_path, 2, "walwriter ", ran_ns=900_000_000, waited_ns=900_000_000)
    told = {str(key): value for key, value in sessions.look(102.0, (0, 1, 2)).items()}
    assert told == {
        "database_sessions_cpu_percent": pytest.approx(15.0),
        "database_sessions_run_delay_percent": pytest.approx(50.0),
    }


def test_a_server_in_the_process_that_makes_the_load_is_not_the_application(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        collector = ListenerCollector(listener.getsockname()[1], 1.0, 1.0)
        with pytest.raises(CollectorOffError, match="served by the processes that make the load"):
            look(collector)


def test_a_port_on_which_nobody_listens_alarms_nobody(clock: Clock, tmp_path: Path) -> None:
    with pytest.raises(CollectorOffError):
        look(ListenerCollector(1, 1.0, 1.0, tmp_path))
