"""Every case played once; the tables go into docs/proofs.md, the scores have bounds."""

from pathlib import Path

import pytest

from benchmarks._tables import ROOT, put
from tests.prove.faults.catalogue import catalogue
from tests.prove.faults.scoring import Score, share
from tests.prove.faults.suite import TOP1_MIN, TOP3_MIN, played, summary_of, table_of


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> list[Score]:
    return list(played(catalogue(), tmp_path_factory.mktemp("faults")))


def test_the_tables_of_what_was_found_are_written(scores: list[Score]) -> None:
    document: Path = ROOT / "docs" / "proofs.md"
    put(document, "faults", "\n".join(summary_of(scores)))
    put(document, "faults_by_case", "\n".join(table_of(scores)))
    assert len(scores) == len(catalogue())


def test_the_fault_comes_first_and_is_hardly_ever_missed(scores: list[Score]) -> None:
    faulty = [score for score in scores if not score.case.healthy]
    missed = [f"{score.case.name}: {score.words}" for score in faulty if not score.top1]
    assert share(score.top1 for score in faulty) >= TOP1_MIN, missed
    assert share(score.top3 for score in faulty) >= TOP3_MIN, missed


def test_a_healthy_platform_is_blamed_for_nothing(scores: list[Score]) -> None:
    assert {score.case.name: score.alarms for score in scores if score.alarms} == {}
