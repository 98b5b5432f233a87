"""Reads that cost time because the cache is too small: not a low percentage by itself, and not a slow disk."""

from collections.abc import Sequence
from typing import Any

import pytest

from plimsoll.analyze.rules.cache_misses import examine
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, setting_facts, statement, the_one

QUERY = "SELECT * FROM orders WHERE id = $1"
WAITS = (WaitRow("IO:DataFileRead", "7", 1.5), WaitRow("CPU", "7", 0.5))


def found(
    waits: Any = WAITS, size_bytes: float | None = 4e9, reads_per_s: float | Sequence[float] = 900.0, **said: Any
) -> list[Finding]:
    """6,000 requests of 20 ms in a minute, of which the server works 12 ms and reads 30 pages."""
    usual: dict[str, Any] = {"mean_ms": 12.0, "blocks_per_call": 300, "read_per_call": 30, "query_id": "7"}
    row = statement(QUERY, **usual | said)
    settings = setting_facts(shared_buffers="16384 8kB")
    gauges = {"database_blocks_read_per_s": reads_per_s}
    return list(examine(evidence(
        statements=[row], settings=settings, waits=waits, schema={"size_bytes": size_bytes}, gauges=gauges
    )))  # fmt: skip


def test_waiting_for_pages_that_the_cache_does_not_hold_is_told() -> None:
    finding = the_one(found())
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.75 * 0.6)
    assert finding.confidence == "likely"
    assert finding.details["hit_percent"] == pytest.approx(90.91)
    assert finding.details["shared_buffers_bytes"] == 128 * 2**20
    assert [suspect.query for suspect in finding.statements] == [QUERY]


def test_the_servers_clock_tells_where_no_session_was_sampled() -> None:
    finding = the_one(found((), io_ms_per_call=6.0))
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.3)
    assert found(()) == [], "reads that took no time, as far as is known"


def test_a_database_that_fits_misses_nothing_for_long() -> None:
    assert found(size_bytes=1e8) == []


@pytest.mark.parametrize(
    "near_miss",
    [{"read_per_call": 1.0, "blocks_per_call": 9}, {"blocks_per_call": 3_000}, {"mean_ms": 1.0}],
    ids=["few slow reads: the disk", "99 % are in the cache", "cheap"],
)
def test_few_reads_a_high_hit_rate_and_little_time_are_nothing(near_miss: dict[str, Any]) -> None:
    assert found(**near_miss) == []


def test_a_database_that_fits_and_is_read_for_the_first_time_is_no_finding() -> None:
    first_half = [900.0 if second < 20 else 0.0 for second in range(60)]
    assert found(size_bytes=1e8, reads_per_s=first_half) == []
    assert found(size_bytes=4e9, reads_per_s=first_half) != []
