"""That wrong advice is seen as such: what is missing, superfluous or harmful."""

from collections.abc import Sequence
from datetime import UTC, datetime

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.core.tuning.query import QueryWorkload
from tests.prove.tuning.cases import Asked, Case, answer, any_of, dropping, on
from tests.prove.tuning.measuring import Taken
from tests.prove.tuning.played import Played
from tests.prove.tuning.scoring import Score

ASKED = (Asked("SELECT 1", calls=100),)
BY_X, BY_Y = on("t", "x"), on("t", "y")
ONE = Case("made/one", "", ASKED, any_of(BY_X), {BY_Y: "nobody asks by it"})


def test_the_right_answer_alone_is_right() -> None:
    assert _score(ONE, BY_X).right
    assert _score(Case("made/both", "", ASKED, (answer(BY_X, BY_Y),), {BY_Y: "alone"}), BY_Y, BY_X).right


def test_what_is_not_advised_is_missing() -> None:
    assert _score(ONE).missing == ["an index"]
    assert _score(Case("made/drop", "", ASKED, drops=dropping("one", "two"))).missing == ["a drop"]
    assert _score(Case("made/more", "", ASKED, beyond=frozenset({"rewrite:offset"}))).missing == ["rewrite:offset"]


def test_what_nobody_needs_is_superfluous() -> None:
    assert _score(ONE, BY_X, on("t", "z")).superfluous == [on("t", "z").definition]
    assert _score(Case("made/drop", "", ASKED, drops=dropping("one", "two")), drop=["one", "two"]).superfluous != []
    assert _score(Case("made/nothing", "", ASKED), BY_X).superfluous == [BY_X.definition]


def test_what_does_not_pay_or_must_stay_is_harmful() -> None:
    assert len(_score(ONE, BY_X, BY_Y).harmful) == 1
    kept = Case("made/kept", "", ASKED, kept={"one": "it keeps rows unique"})
    assert _score(kept, drop=["one"]).harmful == ["drop one: it keeps rows unique"]


def test_a_workload_that_takes_longer_with_right_advice_is_harmful_all_the_same() -> None:
    assert _score(ONE, BY_X, after_ms=2000.0).harmful == ["the workload takes 2.00 times as long"]
    assert _score(ONE, BY_X, after_ms=1005.0).right


def _score(case: Case, *indexes: Index, drop: Sequence[str] = (), after_ms: float = 10.0) -> Score:
    changes = [Change("create-index", "t", "", "", index=one) for one in indexes]
    there = [ExistingIndex(name, "public", BY_X, "") for name in drop]
    changes += [Change("drop-index", "t", "", "", existing=one) for one in there]
    advised = [Advised(one, "proved", "high") for one in changes]
    tuning = Tuning("id", "db", "18", datetime(2026, 1, 1, tzinfo=UTC), QueryWorkload((), "made"), advised)
    before, after = (Taken(ms, 0.0, frozenset()) for ms in (1000.0, after_ms))
    return Score.of(Played(case, tuning, before, after, 1.0))
