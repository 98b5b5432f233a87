"""Whether a person in some standing may act: pure."""

from dataclasses import dataclass
from typing import Literal

from fluentscribe.permissions.rules import AUDITOR, RULES, Action

Decision = Literal["allowed", "forbidden", "unseen", "read only"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's roles where they want to act; None where they have none. `organization_status` is the column's."""

    organization_role: str | None
    project_role: str | None = None
    organization_status: str = "active"


def decide(action: Action, standing: Standing) -> Decision:
    """`unseen` is for people of other organizations: to them, nothing is there."""
    if standing.organization_role is None:
        return "unseen"
    rule = RULES[action]
    in_project = standing.project_role if standing.organization_role != AUDITOR else None
    if standing.organization_role not in rule.organization and in_project not in rule.project:
        return "forbidden"
    if rule.writes and standing.organization_status in ("suspended", "closed"):
        return "read only"
    return "allowed"
