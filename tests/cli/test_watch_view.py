"""What a terminal shows of a watch fits 80 × 24 and says first what is wrong."""

from io import StringIO

from rich.console import Console

from plimsoll.cli.watch_view import view
from plimsoll.core.observation import CollectorState
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.reading.reading import AlertLine, Limit, Reading, RunLine

NOW = 1_800_000_000.0
SEEN = {"host": CollectorState("host", 2.0, "ok", NOW - 60, NOW - 1)}
CPU = SeriesKey("host_cpu_busy_percent")


def shown(reading: Reading) -> list[str]:
    console = Console(file=StringIO(), width=80, height=24, color_system=None)
    console.print(view(reading, "http://127.0.0.1:8765"))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_a_quiet_machine_is_a_few_lines_and_what_is_unknown_is_a_dash() -> None:
    lines = shown(Reading(now_s=NOW, newest={CPU: (NOW - 1, 12.3)}, states=SEEN))
    assert lines[0] == "this machine · http://127.0.0.1:8765"
    assert lines[1].startswith("Healthy: ")
    assert lines[2] == "last data 1 s ago"
    assert lines[4].split("  ")[0] == "CPU busy"
    assert "12.3 %" in lines[4]
    assert lines[4].rstrip().endswith("–")
    assert lines[-1] == "no alert fires"


def test_what_fires_comes_first_with_what_to_do_and_the_lists_are_bounded() -> None:
    alerts = [
        AlertLine(
            "connections", "firing", "critical", "x", f"{n} % of the connections are in use", NOW - n, "use a pool"
        )
        for n in range(90, 100)
    ]
    runs = [RunLine(f"run-{n}", "shop", "steady", "live", "goes on", "–", 118.0, 60.0, 0.0, 20) for n in range(5)]
    reading = Reading(
        now_s=NOW,
        target="postgresql://" + "a-very-long-name-of-a-host." * 5,
        watches_database=True,
        newest={CPU: (NOW, 97.0)},
        states=SEEN,
        alerts=alerts,
        limits=[Limit("host_cpu_busy_percent", 80.0, "warning")],
        runs=runs,
    )
    lines = shown(reading)
    assert lines[1].startswith("Failing since ")
    assert "99 % of the connections are in use; and 9 more alerts" in lines[1]
    assert lines[2] == "try: use a pool"
    assert any("97 % over" in line for line in lines)
    assert sum(line.startswith("critical ") for line in lines) == 4
    assert "and 6 more alerts" in lines
    assert lines[-1] == "run shop goes on: 20 users  118/s  p95 60.0 ms  errors 0 %"
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
