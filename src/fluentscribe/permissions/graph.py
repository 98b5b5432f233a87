"""An organization's roles as a graph that can be cached: it says what `decide` says by the table of rights. Pure."""

from collections.abc import Iterable
from functools import cache
from typing import Final
from uuid import UUID

from fluentscribe.permissions.deciding import Standing
from fluentscribe.permissions.rules import AUDITOR, ORGANIZATION_ROLES, PROJECT_ROLES, RULES
from plimsoll.cache import Membership, Resource, Role, RoleGraph

FROZEN: Final = ("suspended", "closed")  # organizations in which nothing is written
PROJECT: Final = "project"


def graph_of(
    organization: UUID,
    status: str,
    members: Iterable[tuple[UUID, str]],
    project_members: Iterable[tuple[UUID, UUID, str]],
) -> RoleGraph:
    """`members` are (person, role), `project_members` (project, person, role): those count for members but auditors.

    That a project is the organization's is made sure of before anybody asks, by who looks for it.
    """
    roles_of = dict(members)
    memberships = [Membership(person, role) for person, role in roles_of.items()]
    memberships += [
        Membership(person, role, Resource(organization, PROJECT, project))
        for project, person, role in project_members
        if roles_of.get(person, AUDITOR) != AUDITOR
    ]
    return RoleGraph(organization, _roles(status if status in FROZEN else None), memberships, unlisted=True)


def place_of(organization: UUID, project: UUID | None) -> Resource:
    """Where somebody acts: in a project, or in the organization as a whole."""
    return Resource(organization) if project is None else Resource(organization, PROJECT, project)


def standing_in(graph: RoleGraph, person: UUID, where: Resource) -> Standing:
    """The roles of a person where they act."""
    named = {at.is_tenant: role for role, at in graph.roles_of(person, where)}
    status = next((one for one in FROZEN if one in graph.roles), "active")
    return Standing(named[True], named.get(False), status) if True in named else Standing(None)


@cache
def _roles(frozen: str | None) -> tuple[Role, ...]:
    """In a frozen organization every role has one in it that denies to write."""
    inherited = (frozen,) if frozen else ()
    organization = {
        name: [one for one, rule in RULES.items() if name in rule.organization] for name in ORGANIZATION_ROLES
    }
    project = {name: [one for one, rule in RULES.items() if name in rule.project] for name in PROJECT_ROLES}
    return (
        *(Role(name, actions, inherits=inherited) for name, actions in organization.items()),
        *(Role(name, actions) for name, actions in project.items()),
        *(Role(name, deny=[one for one, rule in RULES.items() if rule.writes]) for name in inherited),
    )
