"""Every scenario and every mutation; the tables go into docs/proofs.md."""

from collections.abc import Sequence

import pytest

from benchmarks._tables import ROOT, put
from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.playing import Played, play
from tests.prove.caching.scenarios import SCENARIOS
from tests.prove.caching.suite import found, table_of, table_of_found

DOCUMENT = ROOT / "docs" / "proofs.md"


@pytest.fixture(scope="module")
def played() -> Sequence[Played]:
    return [play(scenario) for scenario in SCENARIOS.values()]


def test_the_promise_is_kept_whatever_befalls(played: Sequence[Played]) -> None:
    put(DOCUMENT, "caching", "\n".join(table_of(played)))
    assert {one.scenario.name: one.verdict.violations[:3] for one in played if one.verdict.count} == {}


def test_the_cache_serves_again_when_it_is_over(played: Sequence[Played]) -> None:
    assert {one.scenario.name: f"{one.calm:.0%}" for one in played if not one.served} == {}


def test_without_any_one_of_its_rules_it_is_not() -> None:
    tried = list(found(MUTATIONS))
    put(DOCUMENT, "caching_mutations", "\n".join(table_of_found(tried)))
    assert [one.mutation.name for one in tried if not one.found] == []
