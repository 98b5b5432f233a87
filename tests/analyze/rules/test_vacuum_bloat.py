"""Dead rows, bloat, old statistics: told where they cost time or do not mend by themselves, not after a short run."""

from typing import Any

import pytest

from plimsoll.analyze.rules.vacuum_bloat import BLOAT, DEAD_ROWS, STALE, examine
from plimsoll.core.finding import Finding
from tests.analyze.building import evidence, setting_facts, statement, table, the_one

QUERY = "SELECT * FROM queue WHERE state = $1 LIMIT $2"


def found(
    *, mean_ms: float = 12.0, pages: float = 900, autovacuum: str = "on", seconds: int = 60, **changes: Any
) -> list[Finding]:
    """Requests of 20 ms that look into a queue of 10,000 rows and 90,000 dead ones."""
    row = statement(QUERY, calls=100 * seconds, mean_ms=mean_ms, blocks_per_call=pages)
    queue = table("public.queue", **{"live_rows": 10_000, "dead_rows": 90_000} | changes)
    return list(examine(evidence(
        seconds=seconds, statements=[row], tables=[queue], settings=setting_facts(autovacuum=autovacuum)
    )))  # fmt: skip


def test_dead_rows_that_statements_read_again_and_again_cost_their_part() -> None:
    finding = the_one(found())
    assert (finding.kind, finding.subject, finding.confidence) == (DEAD_ROWS, "public.queue", "likely")
    assert finding.title == "90 % of the rows of public.queue are dead: autovacuum does not keep up"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.9 * 0.6)
    assert (finding.share.low, finding.risk) == (0.0, 0.0)


def test_rows_that_died_in_a_short_run_are_told_only_where_they_cost() -> None:
    young: dict[str, Any] = {"updated": 90_000, "vacuumed_s_ago": None}
    assert the_one(found(**young)).confidence == "possible"
    assert found(**young, pages=8) == [], "its statements read few pages: nobody reads the dead"
    assert the_one(found(**young, pages=8, seconds=200)).title.endswith("autovacuum does not keep up")


def test_autovacuum_that_is_off_is_a_risk_even_if_it_costs_nothing_yet() -> None:
    finding = the_one(found(mean_ms=0.1, autovacuum="off"))
    assert (finding.share, finding.details["off"]) == (None, True)
    assert finding.risk > 0.3


def test_few_dead_rows_are_nothing() -> None:
    assert found(dead_rows=9_000) == []
    assert found(dead_rows=30_000, live_rows=100_000) == []


def test_space_that_holds_nothing_costs_whoever_reads_all_of_it() -> None:
    bloated: dict[str, Any] = {"dead_rows": 0, "size_bytes": 10**9, "bloat_bytes": 7 * 10**8}
    assert the_one(found(**bloated)).share is None
    finding = the_one(found(**bloated, sequential_scans=600))
    assert (finding.kind, finding.confidence) == (BLOAT, "possible")
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.7 * 0.6)


def test_old_statistics_are_possible_reasons_where_autovacuum_had_its_time() -> None:
    changed: dict[str, Any] = {"dead_rows": 0, "modified_since_analyze": 50_000}
    assert found(**changed, analyzed_s_ago=50.0) == []
    finding = the_one(found(**changed, analyzed_s_ago=4_000.0))
    assert (finding.kind, finding.confidence, finding.share) == (STALE, "possible", None)
    assert found(**changed, analyzed_s_ago=None) == [], "a table that may be young"
