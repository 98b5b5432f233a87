"""Every case played once; the tables go into docs/proofs.md, the score has bounds."""

import pytest

from benchmarks._tables import ROOT, put
from tests.prove.tuning.catalogue import catalogue
from tests.prove.tuning.scoring import Score, share
from tests.prove.tuning.suite import RIGHT_MIN, played, summary_of, table_of


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return list(played(catalogue()))


def test_the_tables_of_what_was_advised_are_written(scores: list[Score]) -> None:
    document = ROOT / "docs" / "proofs.md"
    put(document, "tuning", "\n".join(summary_of(scores)))
    put(document, "tuning_by_case", "\n".join(table_of(scores)))
    assert len(scores) == len(catalogue())


def test_advice_is_right_and_hardly_anything_is_missing_or_superfluous(scores: list[Score]) -> None:
    wrong = [f"{score.case.name}: {score.words}" for score in scores if not score.right]
    assert share(score.right for score in scores) >= RIGHT_MIN, wrong


def test_no_advice_is_harmful(scores: list[Score]) -> None:
    assert {score.case.name: score.harmful for score in scores if score.harmful} == {}
