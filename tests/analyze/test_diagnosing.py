"""All rules together: what a run that may not be believed is told of."""

from dataclasses import replace

from plimsoll.analyze.diagnosing import diagnose
from tests.analyze.building import evidence, index, node, plans, statement, table

QUERY = statement("SELECT * FROM orders WHERE customer = $1", mean_ms=15.0, blocks_per_call=1_000.0, rows_per_call=20.0)
SCAN = node("Seq Scan", rows=500, table="public.orders", filter="(orders.customer = $1)")
ORDERS = table(
    "public.orders", size_bytes=1_000 * 8_192, sequential_scans=6_000, sequential_rows=6_000 * 100_000
)  # fmt: skip
GAUGES = {
    'database_active_sessions{wait="CPU"}': 1.0, "host_cpu_cores": 2.0, "host_cpu_busy_percent": 99.0,
    'process_cpu_percent{tree="database"}': 184.0,
}  # fmt: skip


def test_on_one_machine_the_generators_limit_comes_first_and_the_index_that_the_target_lacks_is_told_below() -> None:
    seen = evidence(
        gauges=GAUGES, run_delay_share=0.9, lag_ms=3.0, goals=["p95 < 1ms"],
        statements=[QUERY], tables=[ORDERS], plans=plans((QUERY, SCAN)), schema={"indexes": [index("orders", "id")]},
    )  # fmt: skip
    late = replace(seen.summary.generator, saturated=True)
    run = replace(seen, summary=replace(seen.summary, valid=False, invalid_because=("late",), generator=late))
    found = diagnose(run)
    assert found.verdict == "invalid"
    assert [one.kind for one in found.findings[:2]] == ["generator-saturated", "missing-index"]
    first, lacking = found.findings[:2]
    assert lacking.impact > first.impact, "and yet it stands below"
    assert lacking.confidence == "possible"
    assert "create an index on public.orders (customer)" in [one.what for one in found.recommendations]
