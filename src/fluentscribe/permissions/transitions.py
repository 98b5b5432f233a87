"""What may be done to a session in which state, and what it then is: pure."""

from typing import Literal, get_args

Status = Literal["queued", "analyzing", "in_review", "approved", "rejected", "failed"]
Deed = Literal["analyze", "assign", "edit", "find errors", "assess", "ask for review", "review"]
Verdict = Literal["approved", "rejected", "changes_requested"]

STATUSES: tuple[Status, ...] = get_args(Status)
DECIDED: frozenset[Status] = frozenset({"approved", "rejected"})
_OPEN = frozenset(STATUSES) - DECIDED
_REVIEWED: frozenset[Status] = frozenset({"in_review"})

# Texts stay as they are while they are analysed: findings point into them.
POSSIBLE: dict[Deed, frozenset[Status]] = {
    "analyze": _OPEN,
    "assign": _OPEN,
    "edit": _OPEN - {"analyzing"},
    "find errors": _OPEN,
    "assess": _REVIEWED,
    "ask for review": _REVIEWED,
    "review": _REVIEWED,
}


def obstacle(deed: Deed, status: Status) -> str | None:
    """Why the deed is not possible now; None where it is."""
    if status in POSSIBLE[deed]:
        return None
    return f"the session is {status}: to {deed} it must be {' or '.join(sorted(POSSIBLE[deed]))}"


def after_verdict(verdict: Verdict) -> Status:
    """What a session in review becomes."""
    return "in_review" if verdict == "changes_requested" else verdict
