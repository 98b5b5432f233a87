"""Rights that depend on who somebody is."""

from uuid import UUID

import pytest

from fluentscribe.permissions.deciding import Standing
from fluentscribe.permissions.personal import no_change_by, no_decision_by, no_review_by, no_verdict_by

ME, OTHER = UUID(int=1), UUID(int=2)


def test_authors_never_judge_their_own() -> None:
    assert "author" in str(no_review_by(ME, "reviewer", author=ME))
    assert "author" in str(no_verdict_by(ME, reviewer=ME, author=ME))
    assert "author" in str(no_decision_by(ME, author=ME))
    assert (no_decision_by(ME, author=OTHER), no_decision_by(ME, author=None)) == (None, None)


@pytest.mark.parametrize(("role", "may"), [("manager", True), ("reviewer", True), ("linguist", False), (None, False)])
def test_reviewers_and_managers_of_the_project_are_asked(role: str | None, may: bool) -> None:
    assert (no_review_by(ME, role, author=OTHER) is None) == may


def test_who_was_asked_decides_and_nobody_else() -> None:
    assert no_verdict_by(ME, reviewer=ME, author=OTHER) is None
    assert no_verdict_by(ME, reviewer=ME, author=None) is None
    assert no_verdict_by(ME, reviewer=OTHER, author=None) is not None
    assert no_verdict_by(ME, reviewer=None, author=OTHER) is not None


@pytest.mark.parametrize(
    ("standing", "reporter", "may"),
    [
        (Standing("member", "linguist"), ME, True),
        (Standing("member", "linguist"), OTHER, False),
        (Standing("member", "linguist"), None, False),
        (Standing("member", "reviewer"), OTHER, True),
        (Standing("admin"), OTHER, True),
    ],
)
def test_reported_errors_are_corrected_by_their_reporter_and_by_reviewers(
    standing: Standing, reporter: UUID | None, may: bool
) -> None:
    assert (no_change_by(ME, standing, reporter) is None) == may
