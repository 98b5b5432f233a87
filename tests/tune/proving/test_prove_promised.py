"""What all changes together show of what each promised."""

from dataclasses import replace

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Effect, Interval95, Measured, Proof, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.tune.proving.counted import told_otherwise, word
from plimsoll.tune.proving.promised import borne_out, doubts

SIDE = Measured(Interval95(1.0, 1.0, 1.0))


def proof(saved: tuple[float, float, float], **effects: Effect) -> Proof:
    """Of a workload of 1000 ms."""
    queries = [QueryProof(name, SIDE, SIDE, effect, saved[0]) for name, effect in effects.items()]
    return Proof(queries, 1000.0, Interval95(*saved), 6)


def change(name: str, found: Proof, kind: str = "create-index") -> Advised:
    made = Change(kind, name, name, "")  # type: ignore[arg-type]  # a kind that is given as text
    return Advised(made, "proved", "high", found.saved_ms.value / found.before_ms, proof=found)


FIRST = change("first", proof((30.0, 25.0, 35.0), a="better", b="same"))
SECOND = change("second", proof((20.0, 15.0, 25.0), b="better"))
BOTH = [FIRST, SECOND]


def confidence(together: Proof | None) -> list[str]:
    return [one.confidence for one in borne_out(BOTH, together)]


def test_what_the_whole_shows_is_believed() -> None:
    whole = proof((48.0, 41.0, 55.0), a="better", b="better")
    assert confidence(whole) == ["high", "high"]
    assert doubts(BOTH, whole) == []


def test_a_change_whose_statements_gain_nothing_beside_the_others_is_believed_less() -> None:
    whole = proof((45.0, 41.0, 55.0), a="better", b="same")
    assert confidence(whole) == ["high", "medium"]
    assert doubts(BOTH, whole) == []


def test_a_sum_that_the_whole_does_not_show_is_told_and_every_part_believed_less() -> None:
    whole = proof((12.0, -10.0, 40.0), a="better", b="unclear")
    assert confidence(whole) == ["medium", "low"]
    (note,) = doubts(BOTH, whole)
    assert note == "One after another the changes save 5 % of the workload's time; all at once between -1 % and 4 %."
    assert doubts(BOTH, proof((12.0, 8.0, 30.0))) != []


def test_a_hair_less_than_was_promised_is_no_doubt() -> None:
    assert doubts(BOTH, proof((38.5, 30.0, 39.0))) == []


def test_without_a_measurement_of_all_nothing_is_doubted() -> None:
    assert confidence(None) == ["high", "high"]
    assert doubts(BOTH, None) == []


def test_what_is_not_of_the_whole_is_not_looked_for_in_it() -> None:
    written = change("written differently", proof((500.0, 450.0, 550.0), c="better"), kind="rewrite")
    dropped = change("dropped", proof((0.0, -1.0, 1.0), c="same"), kind="drop-index")
    whole = proof((48.0, 41.0, 55.0), a="better", b="better")
    found = borne_out([*BOTH, written, dropped], whole)
    assert [one.confidence for one in found] == ["high"] * 4
    assert doubts([*BOTH, written, dropped], whole) == []


def test_indexes_that_share_a_proof_promise_it_once() -> None:
    partner = replace(SECOND, change=replace(SECOND.change, subject="partner"))
    assert doubts([SECOND, partner], proof((18.0, 16.0, 21.0), b="better")) == []


def test_what_took_far_longer_than_its_source_tells_says_so_and_is_believed_less() -> None:
    slow = Measured(Interval95(207.0, 200.0, 210.0), plan="")
    found = change("first", Proof([QueryProof("a", slow, SIDE, "better", 9.0)], 1000.0, Interval95(9.0, 8.0, 10.0), 6))
    (told,) = told_otherwise([found], [Query("a", "SELECT 1", 100, 514.0)])
    assert told.proof is not None
    assert (told.confidence, told.proof.queries[0].why) == (
        "medium",
        "measured 40 times what the workload tells: 5.14 ms a call",
    )
    assert told_otherwise([found], [Query("a", "SELECT 1", 100, 6_000.0)]) == [found]
    assert told_otherwise([found], [Query("a", "SELECT 1", 100, 0.0)]) == [found]
    assert word(0.9, 0.05) == ""
