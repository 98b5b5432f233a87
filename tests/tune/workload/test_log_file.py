"""A server's log as what a workload asks."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from plimsoll.tune.workload.asked import Asked, Heard, Seen
from plimsoll.tune.workload.log_entries import Entry
from plimsoll.tune.workload.log_file import SAME_MIN, SEEN_MAX, LogFold


def heard(messages: Iterable[str], database: str | None = "shop", application: str = "web") -> Heard:
    fold = LogFold("shop")
    fold.add_all(Entry(message, "", database, "app", application) for message in messages)
    return fold.heard("server.log")


def sent(ms: float, query: str) -> str:
    return f"duration: {ms} ms  statement: {query}"


def planned(ms: float, query: str) -> str:
    return f"duration: {ms} ms  plan:\nQuery Text: {query}\nSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)"


def test_calls_with_other_constants_are_one_statement_with_its_values() -> None:
    calls = [sent(1, "SELECT 1 FROM t WHERE a = 'x'")] * 3 + [sent(5, "SELECT 1 FROM t WHERE a = 'y'")]
    (one,) = heard(calls).asked
    assert one == Asked(
        "SELECT $1 FROM t WHERE a = $2", 4, 8.0, seen=[Seen(("1", "x"), 3, 3.0), Seen(("1", "y"), 1.0, 5.0)],
        literal="SELECT 1 FROM t WHERE a = 'x'",
    )  # fmt: skip


def test_a_constant_that_stood_in_the_text_of_every_call_stays_in_it() -> None:
    query = "SELECT id FROM t WHERE state = 'new' AND mail = 'a@b.c' AND n > {} LIMIT 5"
    (one,) = heard(sent(1, query.format(100 + n % 3)) for n in range(SAME_MIN)).asked
    assert one.text == "SELECT id FROM t WHERE state = 'new' AND mail = $1 AND n > $2 LIMIT 5"
    assert {seen.values for seen in one.seen} == {("a@b.c", str(n)) for n in (100, 101, 102)}
    (few,) = heard([sent(1, query.format(100))] * (SAME_MIN - 1)).asked
    assert few.text.startswith("SELECT id FROM t WHERE state = $1 ")


def test_what_was_bound_is_a_parameter_however_often_it_was_the_same() -> None:
    fold = LogFold("shop")
    bound = Entry(
        "duration: 1 ms  execute s: SELECT id FROM t WHERE state = $1 AND kind = 'a'", "", "shop", "app", "web"
    )
    fold.add_all([replace(bound, detail="parameters: $1 = 'new'")] * SAME_MIN)
    (one,) = fold.heard("server.log").asked
    assert one.text == "SELECT id FROM t WHERE state = $1 AND kind = 'a'"
    assert [seen.values for seen in one.seen] == [("new",)]
    fold.add(replace(bound, message=sent(1, "SELECT id FROM t WHERE state = 'new' AND kind = 'a'")))
    assert [each.text for each in fold.heard("server.log").asked] == ["SELECT id FROM t WHERE state = $1 AND kind = $2"]


def test_a_call_that_is_logged_twice_is_one() -> None:
    query = "SELECT a FROM t WHERE a = 5"
    (one,) = heard([planned(2, query), sent(2.1, query)] * 10).asked
    assert (one.calls, round(one.total_ms)) == (10, 21)


def test_few_values_stand_for_many_and_none_of_them_is_an_extreme_alone() -> None:
    (one,) = heard(sent(1 + number % 100, f"SELECT a FROM t WHERE a = {number}") for number in range(1_000)).asked
    means = [seen.total_ms for seen in one.seen]
    assert (one.calls, len(one.seen)) == (1_000, SEEN_MAX)
    assert sum(seen.calls for seen in one.seen) == pytest.approx(1_000)
    assert means == sorted(means)
    assert means[0] < 15
    assert means[-1] > 85


def test_what_is_of_others_is_passed_over_and_told() -> None:
    query = [sent(1, "SELECT a FROM t")]
    assert heard(query, "other").notes == ["1 call of other databases passed over"]
    assert heard(query, application="plimsoll").asked == []
    untold = heard(query, None)
    assert len(untold.asked) == 1
    assert untold.notes[0].startswith("the log does not tell databases")
    assert heard(["duration: 1 ms  plan:\n"]).notes == [
        "1 line of the log could not be read: damaged, or of something else"
    ]
    assert heard([sent(1, "SELECT /* plimsoll */ a FROM t"), sent(1, "EXPLAIN SELECT a FROM t")]).asked == []
    assert heard([sent(1, "VACUUM t"), sent(1, "SELECT 1" + " " * 100_001)]).asked == []


def test_memory_is_bounded_and_the_lightest_are_forgotten() -> None:
    fold = LogFold("shop", statements_max=20)
    fold.add_all(Entry(sent(number, f"SELECT c{number} FROM t"), "", "shop") for number in range(21))
    found = fold.heard("server.log")
    assert sorted(one.total_ms for one in found.asked) == list(range(10, 21))
    assert found.notes == ["10 light statements of the log forgotten, to bound memory"]
