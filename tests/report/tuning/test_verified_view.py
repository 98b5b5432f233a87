"""What a terminal says of a tuning that was applied."""

from dataclasses import replace

import pytest
from rich.console import Console

from plimsoll.core.tuning.proof import Interval95
from plimsoll.core.tuning.verified import IndexVerified, QueryVerified, Side, Verified
from plimsoll.report.tuning.verified import index_words, query_words, verdict_words, verified_view
from tests.core.tuning.tunings import NOON

FASTER = QueryVerified(
    "q1", "SELECT * FROM orders WHERE id = $1",
    Side(1000, Interval95(5.0, 4.9, 5.1)), Side(400, Interval95(1.0, 0.9, 1.1)),
    "better", Interval95(0.2, 0.18, 0.22), 0.2, touched=True, important=True,
)  # fmt: skip
SLOWER = replace(
    FASTER, query="q2", text="UPDATE orders", effect="worse", before=FASTER.after, after=FASTER.before, promised=None
)
UNTOLD = QueryVerified("q3", "SELECT 3", Side(7), Side(0), "unclear", why="too few calls to tell: 7 before")
WHOLE = Verified(
    "the-id", "shop", NOON, NOON, 7200.0, "better", "the same calls take 80 % less time",
    Interval95(0.8, 0.75, 0.85), 0.82, 1.0, (FASTER, UNTOLD, SLOWER), (IndexVerified("idx", "create-index:idx", 0),),
    ("password=hunter2hunter2 [bold]",),
)  # fmt: skip


def shown(verified: Verified, *, details: bool = False) -> str:
    console = Console(width=100, record=True, file=None)
    with console.capture() as captured:
        console.print(verified_view(verified, details=details))
    return captured.get()


def test_the_verdict_comes_first_then_what_matters_most() -> None:
    text = shown(WHOLE)
    assert text.startswith("It has kept its promise: the same calls take 80 % less time.")
    assert "served for 2 h" in text
    assert "these calls take 80 % less time than before (75 % less to 85 % less); promised was 82 % less" in text
    assert text.index("UPDATE orders") < text.index("SELECT * FROM orders")
    assert "SELECT 3" not in text
    assert "SELECT 3" in shown(WHOLE, details=True)
    assert "[bold]" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"promised": 0.99, "saved": Interval95(0.4, 0.3, 0.5)}, "It pays, but less than was promised"),
        ({"promised": None}, "It pays"),
        ({"outcome": "worse"}, "Something important has become slower"),
        ({"outcome": "unclear"}, "It cannot be told yet"),
    ],
)
def test_the_verdict_is_held_against_the_promise(changed: dict[str, object], said: str) -> None:
    assert verdict_words(replace(WHOLE, **changed)).startswith(f"{said}: ")  # type: ignore[arg-type]  # of each field


def test_a_statement_is_said_with_both_sides_and_its_promise() -> None:
    assert query_words(FASTER) == (
        "better: 5.00 ms → 1.00 ms a call, 5.0 times faster; 1,000 calls before, 400 since; promised 1.00 ms"
    )  # fmt: skip
    assert query_words(UNTOLD) == "unclear: too few calls to tell: 7 before"


def test_what_takes_longer_is_said_to_take_longer_and_a_text_that_is_cut_says_so() -> None:
    long = replace(FASTER, text="SELECT\n  " + "a, " * 60)
    text = shown(replace(WHOLE, outcome="worse", saved=Interval95(-0.473, -0.9, 0.05), queries=(long,)))
    assert "these calls take 47.3 % more time than before (90 % more to 5 % less); promised was 82 % less" in text
    (line,) = (line.rstrip() for line in text.splitlines() if line.startswith("SELECT"))
    assert (line[:12], line[-1], len(line)) == ("SELECT a, a,", "…", 76)


def test_an_index_that_nobody_uses_is_said_to_be_so() -> None:
    one = IndexVerified("idx", "create-index:idx", 0)
    assert index_words(one) == "idx has not been used once"
    assert index_words(replace(one, scans=1204)) == "idx was scanned 1,204 times"
    assert index_words(replace(one, scans=None)) == "idx is not there any more"
    assert index_words(replace(one, valid=False)) == "idx is not valid: nobody can use it"
