"""What an entry of a log tells of a statement."""

import json

import pytest

from plimsoll.tune.workload.log_entries import Entry
from plimsoll.tune.workload.logged import Logged, logged

QUERY = "SELECT a\n  FROM t WHERE b = $1 AND c = $2 AND d = 'x (cost=1)'"
ROOT = "Index Scan using i on t  (cost=0.29..8.31 rows=1 width=4) (actual time=0.01..0.02 rows=1 loops=1)\n  Filter: x"
PARAMETERS = "$1 = '4''2', $2 = NULL"
WHOLE = Logged(QUERY, 1.5, ("4'2", None), planned=True)
JSON = json.dumps({"Query Text": QUERY, "Query Parameters": PARAMETERS, "Plan": {"Node Type": "Result"}}, indent=2)
XML = f"<explain>\n  <Query-Text>{QUERY}</Query-Text>\n  <Query-Parameters>{PARAMETERS}</Query-Parameters>\n  <Plan>"


@pytest.mark.parametrize(
    "plan",
    [
        f"Query Text: {QUERY}\nQuery Parameters: {PARAMETERS}\n{ROOT}",
        f"Query Text: {QUERY}\nQuery Parameters: {PARAMETERS}\nQuery Identifier: 5\n{ROOT}",
        JSON,
        JSON[: JSON.index("Plan")],
        f"Query Text: {json.dumps(QUERY)}\nQuery Parameters: {json.dumps(PARAMETERS)}\nPlan: ",
        XML,
    ],
)
def test_a_plan_of_any_format_has_its_query_and_its_values(plan: str) -> None:
    assert logged(Entry(f"duration: 1.500 ms  plan:\n{plan}")) == WHOLE


def test_a_plan_without_values_has_none() -> None:
    assert logged(Entry(f"duration: 1.500 ms  plan:\nQuery Text: {QUERY}\n{ROOT}")) == Logged(QUERY, 1.5, planned=True)


@pytest.mark.parametrize(
    ("message", "detail", "found"),
    [
        ("duration: 2 ms  statement: SELECT 1", "", Logged("SELECT 1", 2.0)),
        (
            "duration: 2 ms  execute s_1: SELECT $1",
            "parameters: $1 = 'a, $2 = b'",
            Logged("SELECT $1", 2, ("a, $2 = b",)),
        ),
        ("execute <unnamed>: SELECT $1", "Parameters: $1 = '1'", Logged("SELECT $1", None, ("1",))),
        ("duration: 2 ms  execute p: SELECT $1", "Parameters: $1 = 'cut...'", Logged("SELECT $1", 2.0)),
        ("duration: 2 ms  execute p: SELECT $1", "Parameters: $2 = '1'", Logged("SELECT $1", 2.0)),
        ("duration: 2 ms  bind s_1: SELECT $1", "", None),
        ("duration: 2 ms", "", None),
        ("checkpoint starting: time", "", None),
    ],
)
def test_calls_without_plans_are_told_too(message: str, detail: str, found: Logged | None) -> None:
    assert logged(Entry(message, detail)) == found


@pytest.mark.parametrize("plan", ["", "Query Text: SELECT 1", "{}", "<explain>", "Seq Scan on t"])
def test_a_plan_that_is_cut_is_damaged(plan: str) -> None:
    with pytest.raises(ValueError, match=r"without its|JSON"):
        logged(Entry(f"duration: 1 ms  plan:\n{plan}"))
