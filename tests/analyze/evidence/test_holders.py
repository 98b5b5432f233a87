"""Roots of lock trees: which is the culprit, what is wanted of it, and how it is named."""

import pytest

from plimsoll.analyze.evidence.holders import holders, wanted
from tests.analyze.building import evidence
from tests.analyze.sessions import holder, tree, waiter


@pytest.mark.parametrize(
    ("lock", "what"),
    [
        ("ShareLock on the transaction of pid 3 (a row of public.accounts)", "public.accounts"),
        ("AccessExclusiveLock on public.accounts", "public.accounts"),
        ("ExclusiveLock on tuple of public.accounts; waits in a circle", "public.accounts"),
        ("ExclusiveLock on extend of public.accounts", "public.accounts"),
        ("ExclusiveLock on advisory lock 0, 42", "advisory lock 0, 42"),
        ("ShareLock on the transaction of pid 3", ""),
    ],
)
def test_the_text_of_a_lock_names_what_is_wanted(lock: str, what: str) -> None:
    assert wanted(lock) == what


def test_who_stays_comes_before_who_blocks_more_for_a_moment() -> None:
    crowd = tree(5.0, holder(1, 9), *(waiter(pid, 1) for pid in range(2, 11)))
    stuck = tree(12.0, holder(20, 1, 60.0, application="psql"), waiter(21, 20, 5.0))
    assert [one.pid for one in holders(evidence(locks=[crowd, stuck]))] == [20, 1]


def test_a_session_is_told_at_its_worst_moment() -> None:
    found = holders(evidence(locks=[
        tree(5.0, holder(1, 1, 5.0, application="psql"), waiter(2, 1, 1.0)),
        tree(15.0, holder(1, 4, 15.0, application="psql"), waiter(2, 1, 11.0)),
    ]))  # fmt: skip
    assert [(one.blocks, one.held_s, one.began_s) for one in found] == [(4, 11.0, 0.0)]


def test_a_prepared_transaction_is_named_as_such() -> None:
    prepared = holder(-77, 1, 600.0, state="prepared", application="prepared transaction 'pay'")
    assert holders(evidence(locks=[tree(5.0, prepared, waiter(2, -77, 3.0))]))[0].named == "prepared transaction 'pay'"
