"""Sorts that spill: told with what work_mem is and what it would take, and not for a few pages beside a large scan."""

from typing import Any

import pytest

from plimsoll.analyze.rules.temp_files import examine
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, setting_facts, statement, the_one

SORT = "SELECT * FROM orders ORDER BY note"


def found(waits: Any = (), **said: Any) -> list[Finding]:
    """Each of 6,000 requests of 20 ms sorts 6 MB, of which the server works 12 ms."""
    usual: dict[str, Any] = {"mean_ms": 12.0, "temp_per_call": 1_500, "blocks_per_call": 2_000, "query_id": "7"}
    row = statement(SORT, **usual | said)
    settings = setting_facts(work_mem="4096 kB")
    return list(examine(evidence(statements=[row], settings=settings, waits=waits)))


def test_statements_that_spill_are_told_with_what_they_would_need() -> None:
    finding = the_one(found())
    assert (finding.subject, finding.details) == (
        "statement 7", {"work_mem_bytes": 4 * 2**20, "wanted_bytes": 16 * 2**20},
    )  # fmt: skip
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.6)
    assert finding.share.low == pytest.approx(1_500 * 0.005 / 20), "what copying the pages takes at least"
    assert "work_mem (4.00 MiB); it would take about 16.0 MiB" in finding.explanation


def test_waits_for_the_files_raise_what_they_cost_at_least() -> None:
    waits = [WaitRow("IO:BufFileWrite", "7", 0.9), WaitRow("CPU", "7", 0.1)]
    finding = the_one(found(waits, temp_per_call=70))
    assert finding.share is not None
    assert finding.share.low == pytest.approx(0.9 * 0.6, rel=0.1)


@pytest.mark.parametrize(
    "near_miss",
    [{"temp_per_call": 400}, {"temp_per_call": 60, "blocks_per_call": 10}, {"mean_ms": 0.8}],
    ids=["a fifth of its pages at least", "few pages", "cheap"],
)
def test_a_few_pages_or_little_time_are_nothing(near_miss: dict[str, Any]) -> None:
    assert found(**near_miss) == []
