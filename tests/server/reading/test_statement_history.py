"""What statements did, look by look."""

from plimsoll.server.reading.statement_history import LOOKS_MAX, STATEMENTS_MAX, StatementHistory


def look(*rows: tuple[str, int, float], seconds: float = 10) -> dict[str, object]:
    return {
        "rows": [{"query_id": name, "calls": calls, "total_ms": ms} for name, calls, ms in rows],
        "seconds": seconds,
    }


def test_a_statement_has_its_rate_and_its_time_a_call() -> None:
    history = StatementHistory()
    history.put(100.0, look(("71", 40, 80.0), ("72", 1, 1.0)))
    calls, mean = (history.window(key, 0, 200) for key in history.keys("71"))
    assert (calls.times, calls.mean, mean.mean) == ([100.0], [4.0], [2.0])


def test_the_same_statement_of_two_users_is_summed_up() -> None:
    history = StatementHistory()
    history.put(100.0, look(("71", 10, 10.0), ("71", 30, 90.0)))
    calls, mean = (history.window(key, 0, 200) for key in history.keys("71"))
    assert (list(calls.mean), list(mean.mean)) == ([4.0], [2.5])


def test_a_first_look_has_no_rates() -> None:
    history = StatementHistory()
    history.put(100.0, look(("71", 10, 10.0), seconds=0))
    assert history.keys("71") == []


def test_it_forgets_what_is_old() -> None:
    history = StatementHistory()
    for at in range(LOOKS_MAX + 5):
        history.put(float(at), look(("71", 1, 1.0), (f"once {at}", 1, 1.0)))
    assert len(history.window(history.keys("71")[0], 0, 1e9).times) == LOOKS_MAX
    assert history.keys("once 0") == []
    assert history.keys(f"once {LOOKS_MAX + 5 - STATEMENTS_MAX + 1}")
