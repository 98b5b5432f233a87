"""The cached graph of an organization's roles says what the table of rights says, for everybody in every standing."""

from itertools import product
from uuid import UUID

from fluentscribe.permissions.deciding import Standing, decide
from fluentscribe.permissions.graph import graph_of, place_of, standing_in
from fluentscribe.permissions.rules import AUDITOR, ORGANIZATION_ROLES, PROJECT_ROLES, RULES
from plimsoll.cache import RoleGraph
from plimsoll.cache.roles.deciding import can

OURS, THEIRS, PROJECT, OTHER = (UUID(int=number) for number in range(1, 5))
PEOPLE = {
    UUID(int=10 + number): pair
    for number, pair in enumerate(product((None, *ORGANIZATION_ROLES), (None, *PROJECT_ROLES)))
}


def organization(status: str) -> RoleGraph:
    members = [(person, role) for person, (role, _) in PEOPLE.items() if role is not None]
    project_members = [(PROJECT, person, role) for person, (_, role) in PEOPLE.items() if role is not None]
    return graph_of(OURS, status, members, project_members)


def test_it_decides_as_the_table_does() -> None:
    for status in ("trial", "active", "suspended", "closed"):
        graph = organization(status)
        for person, (role, project_role) in PEOPLE.items():
            for project in (None, PROJECT, OTHER):
                standing = Standing(role, project_role if project == PROJECT and role is not None else None, status)
                for action in RULES:
                    allowed = can(graph, person, action, place_of(OURS, project))
                    assert allowed == (decide(action, standing) == "allowed"), (standing, action)
                    assert not can(graph, person, action, place_of(THEIRS, project))


def test_a_standing_is_what_the_graph_says_of_somebody() -> None:
    for status, told in (("trial", "active"), ("active", "active"), ("suspended", "suspended"), ("closed", "closed")):
        graph = organization(status)
        for person, (role, project_role) in PEOPLE.items():
            counts = project_role if role not in (None, AUDITOR) else None
            assert standing_in(graph, person, place_of(OURS, PROJECT)) == (
                Standing(role, counts, told) if role else Standing(None)
            )
