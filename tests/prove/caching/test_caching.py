"""Every scenario and every mutation, of tier 1 and of both tiers; the tables go into docs/proofs.md."""

from benchmarks._tables import put
from tests.prove.caching.baseline import compared, table_of_compared
from tests.prove.caching.scenarios import ONE_TIER, TWO_TIERS
from tests.prove.caching.suite import DOCUMENT, proved, searched


def test_tier_1_keeps_the_promise_whatever_befalls_and_serves_again() -> None:
    assert proved("caching", ONE_TIER) == []


def test_tier_1_does_not_without_any_one_of_its_rules() -> None:
    assert searched("caching_mutations", ONE_TIER) == []


def test_both_tiers_keep_the_promise_whatever_befalls_and_serve_again() -> None:
    assert proved("caching_shared", TWO_TIERS) == []


def test_both_tiers_do_not_without_any_one_of_their_rules() -> None:
    assert searched("caching_shared_mutations", TWO_TIERS) == []


def test_another_cache_is_judged_by_the_same_histories() -> None:
    rows = list(compared())
    put(DOCUMENT, "caching_baseline", "\n".join(table_of_compared(rows)))
    assert [one.played.scenario.name for one in rows if one.played.verdict.count and "plimsoll" in one.cache] == []
