"""A quick statement sent again and again for one request: found with how often, and what its round trips cost."""

from typing import Any

import pytest

from plimsoll.analyze.rules import chatty_requests
from plimsoll.analyze.rules.n_plus_one import examine
from plimsoll.core.finding import Finding
from tests.analyze.building import GAUGES, evidence, statement, step, the_one

LIST = "SELECT id, name FROM orders WHERE customer = $1"
ITEM = "SELECT * FROM items WHERE order_id = $1"
PAGES = [step("page", kind="http", count=3_000, latency_ms=40.0)]
ANSWERS = {**GAUGES, "database_answer_ms": 0.4}


def found(calls: int = 60_000, *, rows_per_call: float = 20, steps: Any = PAGES, **said: Any) -> list[Finding]:
    """3,000 requests of 40 ms; each lists 20 orders and asks for the items of each of them."""
    item = statement(ITEM, **{"calls": calls, "mean_ms": 0.1, "rows_per_call": 2} | said)
    rows = [statement(LIST, calls=3_000, mean_ms=0.5, rows_per_call=rows_per_call), item]
    return list(examine(evidence(statements=rows, steps=steps, gauges=ANSWERS)))


def test_a_statement_for_each_row_of_another_is_found_with_its_cost() -> None:
    finding = the_one(found())
    assert (finding.subject, finding.layer, finding.confidence) == ("items", "application", "likely")
    assert finding.title == "N+1: a statement on items is sent 20 times for one request"
    assert [one.query for one in finding.statements] == [LIST, ITEM]
    assert finding.share is not None
    assert finding.share.value == pytest.approx(60_000 * (0.1 + 1.0) / (3_000 * 40), rel=0.01), "a slow driver's 1 ms"
    assert finding.share.low == pytest.approx(60_000 * (0.1 + 0.4) / (3_000 * 40), rel=0.06), (
        "our own smallest question"
    )
    assert finding.share.high == pytest.approx(1.0, rel=0.06), "everything outside the server"
    assert finding.details == {"times": 20.0, "round_trip_ms": 1.0, "parent": True}


def test_where_no_statement_begins_it_many_calls_a_request_are_possibly_it() -> None:
    assert the_one(found(rows_per_call=1)).confidence == "possible"
    assert found(calls=15_000, rows_per_call=1) == [], "five for each request may be five different things"


def test_parents_that_differ_in_the_length_of_their_lists_are_counted_together() -> None:
    """As an ORM loads the items of a page: IN ($1), IN ($1, $2) … are statements of their own for the server."""
    text = "SELECT id, product FROM order_items WHERE order_id IN ({})"
    parents = [
        statement(text.format("$1, $2, $3"), calls=2_900, mean_ms=0.5, rows_per_call=18),
        statement(text.format("$1"), calls=100, mean_ms=0.5, rows_per_call=18),
        statement(text.format("$1, $2"), calls=1_000, mean_ms=0.5, rows_per_call=6),
    ]
    item = statement("SELECT name FROM products WHERE id = $1", calls=60_000, mean_ms=0.1, rows_per_call=1)
    pages = [*PAGES, step("other", kind="http", count=9_000, latency_ms=5.0)]

    finding = the_one(list(examine(evidence(statements=[*parents, item], steps=pages, gauges=ANSWERS))))

    assert finding.confidence == "likely"
    assert finding.details["times"] == 15.0


def test_among_other_pages_it_is_told_by_the_statement_that_begins_it() -> None:
    others = [step("other", kind="http", count=12_000, latency_ms=5.0), *PAGES]
    finding = the_one(found(steps=others))
    assert (finding.details["times"], finding.steps) == (20.0, ("pay: page",))


def test_where_another_page_sends_the_same_statement_it_is_told_all_the_same() -> None:
    others = [step("one", kind="http", count=9_000, latency_ms=2.0), *PAGES]
    assert the_one(found(calls=69_000, steps=others)).details["times"] == 20.0
    assert found(calls=85_000, steps=[step("more", kind="http", count=20_000, latency_ms=2.0), *PAGES]) == []


@pytest.mark.parametrize(
    "near_miss",
    [
        {"mean_ms": 8.0},  # a slow statement, whatever its number
        {"rows_per_call_of_item": 0.01},  # it mostly finds nothing: workers that poll
        {"steps": [step("page", kind="http", count=3_000, latency_ms=900.0)]},  # 2 % of the time
    ],
    ids=["slow", "polling", "cheap"],
)
def test_slow_polled_or_cheap_statements_are_not_it(near_miss: dict[str, Any]) -> None:
    polled = near_miss.pop("rows_per_call_of_item", None)
    item = {"rows_per_call": polled} if polled else {}
    row = statement(ITEM, **{"calls": 60_000, "mean_ms": near_miss.get("mean_ms", 0.1), "rows_per_call": 2.0} | item)
    steps = near_miss.get("steps", PAGES)
    assert not list(examine(evidence(statements=[row], steps=steps, gauges=ANSWERS)))


def test_a_join_over_all_rows_is_not_it() -> None:
    joined = statement("SELECT * FROM orders o JOIN items i ON i.order_id = o.id WHERE o.customer = $1", calls=3_000)
    assert not list(examine(evidence(statements=[joined], steps=PAGES, gauges=ANSWERS)))


def journey(times: int, *, listed: float = 1.0, service_ms: float = 0.6) -> list[Finding]:
    """1,000 journeys, each of which lists and then sends one more step so many times."""
    steps = [
        step("list", count=1_000, latency_ms=1.0), step("item", count=1_000 * times, latency_ms=service_ms)
    ]  # fmt: skip
    rows = [
        statement(LIST, calls=1_000, mean_ms=0.2, rows_per_call=listed),
        statement(ITEM, calls=1_000 * times, mean_ms=0.05),
    ]
    return list(examine(evidence(statements=rows, steps=steps, journeys={"pay": 1_000})))


def test_a_step_of_sql_that_a_journey_repeats_is_it_too() -> None:
    finding = the_one(journey(12, listed=12))
    assert (finding.subject, finding.confidence, finding.steps) == ("pay: item", "likely", ("pay: item",))
    assert finding.title == "N+1: the step 'item' is repeated 12 times in one journey"
    assert finding.details["round_trip_ms"] == 0.55
    assert the_one(journey(20)).confidence == "possible"
    assert journey(12) == [], "a scenario may have a loop"
    assert journey(12, listed=12, service_ms=0.08) == [], "most of its time is the server's"


def test_requests_of_very_many_different_statements_are_chatty() -> None:
    rows = [statement(f"SELECT {at} FROM t{at} WHERE id = $1", calls=3_000, mean_ms=0.05) for at in range(40)]
    found = list(chatty_requests.examine(evidence(statements=rows, steps=PAGES, gauges=ANSWERS)))
    assert the_one(found).title == "a request sends 40 statements on average"
    assert not list(chatty_requests.examine(evidence(statements=rows[:20], steps=PAGES, gauges=ANSWERS)))
