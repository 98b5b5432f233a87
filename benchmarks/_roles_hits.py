"""A check of rights by cached roles, a look into a set, and casbin, in turns in this one process: processor time.

    python benchmarks/_roles_hits.py ROUNDS

Prints JSON: nanoseconds a check, the least of the rounds. Run by roles.py with an interpreter that has casbin.
"""

import json
import sys
from collections.abc import Callable
from random import Random
from time import process_time_ns
from typing import Any
from uuid import UUID

from plimsoll.cache import Cache, Filling, Membership, Resource, Role, RoleGraph, Roles
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Position
from plimsoll.core.snapshot import Snapshot

Check = Callable[[Any, str, Any], bool]

USERS, PROJECTS, PERMISSIONS = 1_000, 200, 40
CHECKS, PEER_CHECKS = 5_000, 20  # of each round; casbin goes through its rules for each
ROLES = ("viewer", "linguist", "reviewer", "manager")  # each has the one before in it
MODEL = """
[request_definition]
r = sub, dom, act
[policy_definition]
p = sub, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && g(r.sub, p.sub, r.dom)
"""


def permission(role: int, number: int) -> str:
    return f"{ROLES[role]}.do{number}"


def memberships(kind: type) -> list[tuple[Any, str, Any]]:
    """Five of each user: a role in a project, by ids of a kind."""
    random = Random(1)
    return [
        (kind_of(kind, user), random.choice(ROLES), kind_of(kind, project))
        for user in range(USERS)
        for project in random.sample(range(PROJECTS), 5)
    ]


def kind_of(kind: type, number: int) -> Any:
    return UUID(int=number + (1 << 100)) if kind is UUID else number


def checks(kind: type, count: int) -> list[tuple[Any, str, Any]]:
    """Half of them of somebody in their project, with ids that are not the objects that are held."""
    random = Random(2)
    held = memberships(kind)
    asked = []
    for _ in range(count):
        user, _, project = random.choice(held)
        if random.random() < 0.5:
            project = kind_of(kind, random.randrange(PROJECTS))
        asked.append((user, permission(random.randrange(len(ROLES)), random.randrange(PERMISSIONS)), project))
    return asked


def graph(kind: type, tenant: Any) -> RoleGraph:
    roles = [
        Role(name, [permission(number, one) for one in range(PERMISSIONS)], inherits=ROLES[max(0, number - 1) : number])
        for number, name in enumerate(ROLES)
    ]
    held = [Membership(user, role, Resource(tenant, "project", project)) for user, role, project in memberships(kind)]
    return RoleGraph(tenant, roles, held, unlisted=True)


def allowed(kind: type) -> set[tuple[Any, str, Any]]:
    """Everything that is allowed, worked out beforehand: a million of entries, and which of them to change unknown."""
    return {
        (user, permission(below, one), project)
        for user, role, project in memberships(kind)
        for below in range(ROLES.index(role) + 1)
        for one in range(PERMISSIONS)
    }


def loader(kind: type) -> Callable[[Any, Filling], RoleGraph]:
    return lambda tenant, filling: graph(kind, tenant)


def looked_up(pairs: set[tuple[Any, str, Any]]) -> Check:
    return lambda user, act, where: (user, act, where) in pairs


def peer() -> Check:
    import casbin  # type: ignore[import-not-found,unused-ignore]

    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    for number, name in enumerate(ROLES):
        for one in range(PERMISSIONS):
            enforcer.add_policy(name, permission(number, one))
    domains = {str(project) for _, _, project in memberships(int)}
    for user, role, project in memberships(int):
        enforcer.add_grouping_policy(f"u{user}", role, str(project))
    for number in range(1, len(ROLES)):
        for domain in domains:
            enforcer.add_grouping_policy(ROLES[number], ROLES[number - 1], domain)
    return lambda user, act, project: bool(enforcer.enforce(f"u{user}", str(project), act))


def took_ns(check: Check, asked: list[tuple[Any, str, Any]]) -> float:
    begun = process_time_ns()
    for user, act, where in asked:
        check(user, act, where)
    return (process_time_ns() - begun) / len(asked)


def measured(rounds: int) -> dict[str, float]:
    cache = Cache("benchmark", staleness_s=3600)
    cache._desk.tier1.advance(Position("of a benchmark", Snapshot(10, 10)), clock_s())  # as one that follows
    ways: dict[str, tuple[Check, list[tuple[Any, str, Any]]]] = {}
    for kind in (int, UUID):
        tenant, asked = kind_of(kind, 7), checks(kind, CHECKS)
        roles = Roles(cache, loader(kind), family=f"roles-by-{kind.__name__.lower()}")
        pairs = allowed(kind)
        where = [(user, act, Resource(tenant, "project", project)) for user, act, project in asked]
        assert [roles.can(*one) for one in where] == [one in pairs for one in asked]
        ways[f"roles, {kind.__name__}"] = roles.can, where
        ways[f"set, {kind.__name__}"] = looked_up(pairs), asked
    asked = checks(int, PEER_CHECKS)
    casbin = peer()
    assert [casbin(*one) for one in asked] == [one in allowed(int) for one in asked]
    ways["casbin"] = casbin, asked
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (check, these) in ways.items():
            took[name].append(took_ns(check, these))
    return {name: min(each) for name, each in took.items()}


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
