"""The daemon of schedules, as it is started, killed and started again."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from plimsoll.schedule.history import History
from tests.system.harness import OK, SELECT, Project, until

SETTINGS = """
[environments.dev]
database = "env:TEST_DSN"
[profiles.brief]
executor = "iterations"
iterations = 5
[profiles.long]
executor = "constant-users"
stages = [{users = 1, for = "120s"}]
[schedules.brief]
cron = "0 0 1 1 *"
scenario = "scenario.py"
profile = "brief"
goals = ["max<1us"]
missed = "run"
notify = "env:CHAT"
[schedules.long]
cron = "0 0 1 1 *"
scenario = "scenario.py"
profile = "long"
missed = "run"
notify = "env:CHAT"
"""
LONG_AGO = datetime(datetime.now(UTC).year - 1, 6, 1, tzinfo=UTC)  # one New Year is missed since then


@contextmanager
def receiver(project: Project) -> Iterator[list[str]]:
    """A web hook that CHAT leads to; the titles that it was sent."""
    titles: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            titles.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        project.environ["CHAT"] = f"json://me:token-of-the-team@127.0.0.1:{server.server_port}/hook"
        project.secrets.add("token-of-the-team")
        yield titles
        server.shutdown()
        thread.join()


def last_seen(project: Project, schedule: str, moment: datetime) -> None:
    """As if a daemon had looked at a schedule then, and not since."""
    history = History(project.path / ".plimsoll" / "schedule" / "history.sqlite")
    history.look(schedule, "0 0 1 1 * UTC", moment, [])
    history.close()


def test_a_daemon_tells_what_was_missed_and_what_a_killed_one_left(project: Project) -> None:
    project.write("plimsoll.toml", SETTINGS)
    project.write("scenario.py", SELECT)
    last_seen(project, "long", LONG_AGO)
    with receiver(project) as titles:
        with project.started("schedule", "run") as daemon:
            daemon.until_measured()
            beside = project.here("run", "scenario.py", "--iterations", 1, "--dsn", project.dsn)
            assert beside.code == 3
            assert "another run loads the same target" in beside.stderr
            second = project.here("schedule", "run")
            assert "a daemon is running here already" in second.stderr
            daemon.tell(signal.SIGKILL)
            daemon.process.wait()

        last_seen(project, "brief", LONG_AGO)
        with project.started("schedule", "run") as daemon:
            until(lambda: len(titles) == 4, "four messages")
            daemon.tell(signal.SIGTERM)
            assert daemon.ended().code == OK
        until(lambda: project.sessions() == 0, "the server without sessions of ours")

    assert sorted(titles) == [
        "Plimsoll: brief: 1 goal missed",
        "Plimsoll: brief: 1 run missed",
        "Plimsoll: long: 1 run missed",
        "Plimsoll: long: interrupted",
    ]
    firings = json.loads(project.here("schedule", "history", "--json").stdout)["history"]
    kept = [(one["schedule"], one["outcome"], one["exit_code"], one["notice"]) for one in firings]
    assert kept == [
        ("long", "missed", None, "told 1 of 1"), ("long", "interrupted", 130, "told 1 of 1"),
        ("brief", "missed", None, "told 1 of 1"), ("brief", "goals missed", 4, "told 1 of 1"),
    ]  # fmt: skip
    ran = [one["run_id"] for one in firings if one["run_id"]]
    assert sorted(ran) == sorted(path.name for path in project.runs.iterdir())
    assert firings[-1]["goals_missed"][0]["expression"] == "max<1us"
    assert Path(project.runs / ran[0] / "summary.json").is_file()
