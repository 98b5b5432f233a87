"""The form of the catalogue; that its answers are true, `python -m tests.prove.tuning --validate` proves."""

from tests.prove.tuning.catalogue import catalogue


def test_every_case_has_a_name_of_its_own_and_can_be_answered_wrongly() -> None:
    cases = catalogue()
    assert len({case.name for case in cases}) == len(cases) >= 70
    assert [case.name for case in cases if case.quiet and not (case.never or case.kept)] == []


def test_nothing_is_right_and_forbidden_at_once() -> None:
    cases = catalogue()
    assert [(case.name, index) for case in cases for index in case.never if frozenset([index]) in case.accepted] == []
    assert [case.name for case in cases for names in case.drops if names & case.kept.keys()] == []
