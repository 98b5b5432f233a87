"""Rights that depend on who somebody is, beyond their roles: pure. Each says why not; None is yes."""

from uuid import UUID

from fluentscribe.permissions.deciding import Standing
from fluentscribe.permissions.rules import ADMIN, MANAGER, OWNER, REVIEWER

REVIEWING = frozenset({MANAGER, REVIEWER})  # roles in the project


def no_review_by(person: UUID, project_role: str | None, author: UUID | None) -> str | None:
    """Why this person cannot be asked to review a session of `author`."""
    if person == author:
        return "the author of a session does not review it"
    return None if project_role in REVIEWING else "is no reviewer or manager of the project"


def no_verdict_by(person: UUID, reviewer: UUID | None, author: UUID | None) -> str | None:
    """Why this person cannot decide a review that was asked of `reviewer`."""
    if person == author:
        return "you are the author of this session: somebody else must decide"
    return None if person == reviewer else "somebody else was asked for this review"


def no_decision_by(person: UUID, author: UUID | None) -> str | None:
    """Why this person cannot confirm, dismiss or open again the errors of a session of `author`."""
    return "you are the author of this session: somebody else decides its errors" if person == author else None


def no_change_by(person: UUID, standing: Standing, reporter: UUID | None) -> str | None:
    """Why this person cannot change an error that `reporter` reported."""
    runs = standing.organization_role in (OWNER, ADMIN) or standing.project_role in REVIEWING
    return None if runs or person == reporter else "only who reported an error, and reviewers, change it"
