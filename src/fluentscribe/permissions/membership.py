"""Who may bring people into an organization, change their roles, let them go: pure. Each says why not; None is yes."""

from fluentscribe.permissions.rules import ADMIN, AUDITOR, MEMBER, OWNER

_RANK = {AUDITOR: 0, MEMBER: 1, ADMIN: 2, OWNER: 3}


def no_invitation(own: str | None, role: str) -> str | None:
    """Why somebody whose own role is `own` cannot bring people in as `role`."""
    return "only owners make owners" if role == OWNER and own != OWNER else None


def no_role_change(own: str | None, themselves: bool, before: str, role: str, owners: int) -> str | None:
    """Why a role cannot become `role`. `owners` is how many the organization has."""
    if OWNER in (before, role) and before != role and own != OWNER:
        return "only owners make or unmake owners"
    if themselves and _RANK[role] > _RANK[before]:
        return "nobody raises themselves"
    if before == OWNER and role != OWNER and owners <= 1:
        return "an organization has an owner: make somebody else one first"
    return None


def no_removal(own: str | None, before: str, owners: int) -> str | None:
    """Why a member whose role is `before` cannot be removed."""
    if before == OWNER and own != OWNER:
        return "only owners make or unmake owners"
    if before == OWNER and owners <= 1:
        return "an organization has an owner: make somebody else one first"
    return None


def no_closing(own: str | None) -> str | None:
    """Why an organization cannot be closed."""
    return None if own == OWNER else "only owners close an organization"


def no_place_in_project(role: str) -> str | None:
    """Why a member of the organization cannot work on its projects."""
    return "auditors read logs, and work on no project" if role == AUDITOR else None
