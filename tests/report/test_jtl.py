"""The samples as JMeter would have written them."""

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plimsoll.core.errors import UsageError
from plimsoll.report.jtl import HEADER, write_jtl
from tests.report import builders

MS = 1_000_000
STARTED_MS = 1_771_060_500_000  # 2026-02-14T10:15:00+01:00


def sample(step: str | None, start_ms: float, *, error: str | None = None, **changes: Any) -> dict[str, Any]:
    start = round(start_ms * MS)
    made = {
        "journey": "look_up", "step": step, "kind": "sql" if step else None, "user": 3, "scheduled_ns": start,
        "ready_ns": start + 100_000, "started_ns": start + 2 * MS, "finished_ns": start + 12 * MS + 600_000,
        "think_ns": 0, "error": error, "connect_ns": 0, "tls_ns": 0, "first_byte_ns": 0, "sent": 0, "received": 0,
    }  # fmt: skip
    return made | changes


def written(samples: list[dict[str, Any]], path: Path, warmup_s: float = 0.0) -> list[dict[str, str]]:
    schema = {"user": pl.Int32, "think_ns": pl.Int64, "error": pl.Categorical, "step": pl.Categorical}
    frame = pl.DataFrame(samples, schema_overrides=schema)
    parts = path.parent / "samples"
    parts.mkdir()
    for number in range(0, frame.height, 2):
        frame[number : number + 2].write_parquet(parts / f"part-000-{number:06}.parquet")
    write_jtl(pl.scan_parquet(parts / "part-*.parquet"), path, builders.facts(warmup_s=warmup_s))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_http_step_tells_its_first_byte_its_connection_and_its_bytes(tmp_path: Path) -> None:
    wire: dict[str, Any] = {
        "connect_ns": 1_200_000,
        "tls_ns": 3_000_000,
        "first_byte_ns": 7 * MS,
        "sent": 120,
        "received": 4_000,
    }
    failed = sample("get", 20, error="HTTP 503", kind="http", **wire)
    refused = sample("get", 40, error="connection refused", kind="http")
    got, unavailable, nobody = written([sample("get", 0, kind="http", **wire), failed, refused], tmp_path / "run.jtl")
    names = ("elapsed", "Latency", "Connect", "bytes", "sentBytes", "responseCode")
    assert [got[name] for name in names] == ["13", "9", "4", "4000", "120", "200"]
    assert (unavailable["responseCode"], unavailable["failureMessage"]) == ("503", "HTTP 503")
    assert [nobody[name] for name in names] == ["13", "13", "0", "0", "0", "connection refused"]


def test_a_step_becomes_a_row_timed_from_when_it_was_scheduled(tmp_path: Path) -> None:
    (row,) = written([sample("look up", 1234.5)], tmp_path / "run.jtl")
    assert tuple(row) == HEADER
    assert {name: row[name] for name in ("timeStamp", "elapsed", "Latency", "Connect", "label", "threadName")} == {
        "timeStamp": str(STARTED_MS + 1234), "elapsed": "13", "Latency": "13", "Connect": "2", "label": "look up",
        "threadName": "look_up 1-3",
    }  # fmt: skip
    assert (row["responseCode"], row["responseMessage"], row["success"], row["failureMessage"]) == (
        "200", "OK", "true", "",
    )  # fmt: skip


def test_a_failed_step_has_its_class_for_a_code(tmp_path: Path) -> None:
    (row,) = written([sample("pay", 0, error="40001")], tmp_path / "run.jtl")
    assert (row["responseCode"], row["success"], row["failureMessage"]) == ("40001", "false", "40001")


def test_journeys_are_left_out_and_parts_are_joined(tmp_path: Path) -> None:
    samples = [sample("a", 0), sample(None, 0), sample("b", 1, error="timeout"), sample("c", 2), sample("d", 3)]
    assert [row["label"] for row in written(samples, tmp_path / "run.jtl")] == ["a", "b", "c", "d"]


def test_what_was_scheduled_within_the_warm_up_is_left_out(tmp_path: Path) -> None:
    rows = written([sample("a", 0), sample("b", 1999.9), sample("c", 2000)], tmp_path / "run.jtl", warmup_s=2.0)
    assert [row["label"] for row in rows] == ["c"]


def test_names_with_commas_quotes_and_lines_survive(tmp_path: Path) -> None:
    name = 'a, "b"\nc — 検索'
    (row,) = written([sample(name, 0)], tmp_path / "run.jtl")
    assert row["label"] == name


def test_the_header_is_jmeters(tmp_path: Path) -> None:
    path = tmp_path / "run.jtl"
    assert written([sample(None, 0)], path) == []
    assert path.read_text().splitlines()[0] == (
        "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,"
        "sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect"
    )


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="JTL"):
        write_jtl(pl.DataFrame([sample("a", 0)]).lazy(), tmp_path / "missing" / "run.jtl", builders.facts())
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_midway_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.jtl"
    path.write_text("before")
    broken = pl.DataFrame([sample("a", 0)]).lazy().drop("think_ns")
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        write_jtl(broken, path, builders.facts())
    assert path.read_text() == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["run.jtl"]
