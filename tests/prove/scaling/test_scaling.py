"""Every fault that may befall what is served, at 500 requests/s; the tables go into docs/proofs.md."""

from tests.prove.scaling.suite import proved, searched


def test_nothing_is_lost_but_what_a_killed_process_had_in_hand() -> None:
    assert proved() == []


def test_something_is_without_any_one_of_the_mechanisms() -> None:
    assert searched() == []
