"""What is asked for becomes a command without secrets, and an hour of watching becomes a file of SQL."""

from dataclasses import replace
from pathlib import Path

from plimsoll.server.reading.statement_history import StatementHistory
from plimsoll.server.tunings.wishes import file_of
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.tune.workload.sql_file import heard_in
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.apart import DSN_NAME, TuneWish, command_of

DSN = "postgres://shop:hunter2@10.0.0.9/shop"


def row(query_id: str, calls: int, total_ms: float) -> dict[str, object]:
    return {"query_id": query_id, "calls": calls, "total_ms": total_ms}


def test_what_was_seen_lately_adds_up_by_statement_the_heaviest_first() -> None:
    history = StatementHistory()
    history.put(1_000, {"seconds": 10.0, "rows": [row("7", 50, 900.0)]})  # too long ago
    for at in (5_000, 5_010):
        history.put(at, {"seconds": 10.0, "rows": [row("7", 10, 20.0), row("8", 2, 300.0), row("8", 1, 100.0)]})
    found = history.lately(4_000)
    assert [(one.query_id, round(one.calls), round(one.total_ms), one.first_s) for one in found] == [
        ("8", 6, 800, 5_000), ("7", 20, 40, 5_000),
    ]  # fmt: skip


def test_it_becomes_a_file_that_a_tuning_reads_with_its_calls() -> None:
    history = StatementHistory()
    history.put(5_000, {"seconds": 10.0, "rows": [row("7", 10, 20.0), row("8", 3, 30.0), row("9", 1, 1.0)]})
    texts = ["SELECT 1 FROM a WHERE b = $1;", 'SELECT "x;y" FROM c -- not the end', None]
    asked = heard_in(file_of(history.lately(0), texts), "hour").asked
    assert [one.calls for one in asked] == [3, 10]
    assert asked[0].text.startswith("SELECT 1 FROM a WHERE b = $1")


def test_the_command_of_a_tuning_holds_no_secret_and_every_wish() -> None:
    wish = TuneWish(
        TargetRequest(Settings(), {}, dsn=Secret(DSN)), Path("kept"), Path("x.toml"), window_s=60, time_s=90,
        budget_bytes=5, prove=True, allow_protected=("prod",),
    )  # fmt: skip
    words = command_of(wish, None)[4:]
    assert words == [
        "--dsn", f"env:{DSN_NAME}", "--config", "x.toml", "--allow-protected", "prod", "--window", "60s",
        "--time", "90s", "--budget", "5", "--prove", "--tunings", "kept",
    ]  # fmt: skip
    assert "hunter2" not in " ".join(words)
    assert command_of(replace(wish, variable="env:DATABASE_URL"), None)[4:6] == ["--dsn", "env:DATABASE_URL"]
    assert command_of(wish, Path("hour"))[10:12] == ["--sql", "hour"], "a file of SQL is the whole workload"
