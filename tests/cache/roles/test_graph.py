"""The graph of roles: as the plain one answers, and never one check for another."""

import pickle
import tracemalloc
from enum import IntEnum, StrEnum
from typing import Any, cast
from uuid import UUID

import pytest
from asyncpg.pgproto import pgproto
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache.roles.deciding import can, explain, permissions
from plimsoll.cache.roles.graph import Membership, RoleGraph
from plimsoll.cache.roles.resource import Id, Resource, checked_id, key_text
from plimsoll.cache.roles.role import PATTERNS_MAX, Role
from plimsoll.cache.store.size import size_of
from plimsoll.core.errors import RefusedError, UsageError
from tests.cache.roles.plain import Plain, PlainRole

PATTERNS = ["read", "segment.read", "segment.edit", "segment.*", "*.edit", "**", "*", "segment.**", "segment.edit.own"]
PERMISSIONS = ["read", "segment.read", "segment.edit", "segment.edit.own", "other.edit", "segment", "a.b.c"]
USERS: list[Id] = [1, "1", UUID(int=1), 2]
PLACES = [("project", 1), ("project", "1"), ("folder", 1), ("folder", UUID(int=1))]
ROLES = ["viewer", "editor", "manager", "owner"]


@st.composite
def plain_graphs(draw: st.DrawFn) -> Plain:
    """A role inherits only from those before it; a place lies only in those before it: no circles."""
    some = st.lists(st.sampled_from(PATTERNS), max_size=2)
    denied = st.lists(st.sampled_from(PATTERNS), max_size=1)
    roles, within = {}, {}
    for number, name in enumerate(ROLES):
        inherits = draw(st.lists(st.sampled_from(ROLES[:number]), max_size=2, unique=True)) if number else []
        roles[name] = PlainRole(draw(some), draw(denied) if draw(st.integers(0, 3)) == 0 else [], inherits)
    for number, place in enumerate(PLACES):
        if draw(st.integers(0, 3)):
            within[place] = draw(st.sampled_from([None, *(one for one in PLACES[:number] if one in within)]))
    places = st.sampled_from([None, *PLACES])
    memberships = draw(st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(ROLES), places), max_size=6))
    return Plain(roles, memberships, within, draw(st.lists(st.sampled_from(USERS), max_size=1)), draw(st.booleans()))


def graph_of(plain: Plain, tenant: Id = 7) -> RoleGraph:
    def at(place: Any) -> Resource:
        return Resource(tenant, *(place or ()))

    return RoleGraph(
        tenant,
        [Role(name, role.allow, role.deny, role.inherits) for name, role in plain.roles.items()],
        [Membership(user, role, at(place) if place else None) for user, role, place in plain.memberships],
        within={at(inner): at(outer) for inner, outer in plain.within.items()},
        disabled=plain.disabled,
        unlisted=plain.unlisted,
    )


@settings(max_examples=40)
@given(plain_graphs())
def test_it_answers_as_the_plain_one_and_says_why(plain: Plain) -> None:
    graph = graph_of(plain)
    named = {one for role in plain.roles.values() for one in (*role.allow, *role.deny) if "*" not in one}
    for user in USERS:
        for place in (None, *PLACES):
            where = Resource(7, *(place or ()))
            wanted = {one for one in PERMISSIONS if plain.can(user, one, place)}
            assert {one for one in PERMISSIONS if can(graph, user, one, where)} == wanted
            answers = {one: explain(graph, user, one, where) for one in PERMISSIONS}
            assert {one for one, answer in answers.items() if answer.allowed} == wanted
            for answer in answers.values():
                assert answer.why
                assert answer.allowed == (answer.granted is not None and answer.denied is None)
            assert permissions(graph, user, where) == {one for one in named if plain.can(user, one, place)}


@given(st.sampled_from([*USERS, 0, "", True, 1.0, None, b"1", "\0", 2**200, ("1",)]))
def test_only_values_that_cannot_be_taken_for_another_are_ids(value: Any) -> None:
    if value in (0, 2) or any(value is one for one in USERS):
        assert checked_id(value, "user") == value
    else:
        with pytest.raises(UsageError):
            checked_id(value, "user")
        with pytest.raises(UsageError):
            Resource(7, "project", value)


@settings(max_examples=40)
@given(st.lists(st.one_of(st.integers(-3, 3), st.sampled_from(["i1", "1", "u1", "s1", "-1"]), st.uuids()), max_size=9))
def test_two_ids_that_differ_have_two_texts(ids: list[Id]) -> None:
    assert len({key_text(one) for one in ids}) == len({(type(one), one) for one in ids})


def test_what_a_class_adds_to_a_value_does_not_count() -> None:
    class Kind(StrEnum):
        EDIT = "segment.edit"

    class Number(IntEnum):
        ONE = 1

    class Sly(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("1")

    graph = RoleGraph(7, [Role("editor", ["segment.edit"])], [(1, "editor"), ("1", "editor")])
    assert can(graph, Number.ONE, Kind.EDIT, Resource(7))
    assert not can(graph, Sly("2"), "segment.edit", Resource(7))
    assert not can(graph, 1, Sly("segment.read"), Resource(7))
    assert checked_id(pgproto.UUID(str(UUID(int=1))), "user").__class__ is UUID
    for wrong in ((7, "", None), (7, "project", True), 7, None):
        with pytest.raises(UsageError, match="not a resource"):
            can(graph, 1, "segment.edit", wrong)
    with pytest.raises(UsageError, match="has a star"):
        can(graph, 1, "segment.*", Resource(7))
    assert pickle.loads(pickle.dumps(Resource(7, "project", 1))) == Resource(7, "project", 1)  # noqa: S301


def test_tenants_do_not_meet() -> None:
    project = Resource(7, "project", 1)
    graph = RoleGraph(7, [Role("owner", ["**"])], [(1, "owner")], within={project: Resource(7)}, unlisted=True)
    assert can(graph, 1, "read", project)
    for other in (Resource(8), Resource("7"), Resource("7", "project", 1), Resource(8, "project", 1)):
        assert not can(graph, 1, "read", other)
    with pytest.raises(UsageError, match="another tenant"):
        RoleGraph(8, [Role("owner")], [(1, "owner", project)])


def test_graphs_that_answer_alike_are_equal_in_whatever_order_they_were_loaded() -> None:
    roles = [Role("viewer", ["read"]), Role("editor", ["edit"])]
    held = [(1, "viewer"), (1, "editor"), (2, "viewer", Resource(7, "project", 1))]
    within = {Resource(7, "project", 1): Resource(7)}
    graph = RoleGraph(7, roles, held, within=within)
    assert graph == RoleGraph(7, roles[::-1], held[::-1], within=within)
    assert graph != RoleGraph(7, roles, held[:2], within=within)
    assert graph != RoleGraph(7, roles, held, within=within, disabled=[2])
    assert graph != 7


def test_an_answer_names_role_place_and_way() -> None:
    project = Resource(7, "project", 42)
    roles = [
        Role("viewer", ["segment.read"]),
        Role("editor", ["segment.edit"], inherits=["viewer"]),
        Role("suspended", deny=["segment.edit"]),
    ]
    memberships = [("ann", "editor", project), ("bob", "editor"), ("bob", "suspended", project), ("eve", "editor")]
    graph = RoleGraph(7, roles, memberships, within={project: Resource(7)}, disabled=["eve"])
    said = {who: explain(graph, who, "segment.edit", project).why for who in ("ann", "bob", "eve", "joe")}
    assert said == {
        "ann": "granted by 'segment.edit' of the role 'editor' at project 42",
        "bob": "denied by 'segment.edit' of the role 'suspended' at project 42",
        "eve": "the account of user eve is disabled",
        "joe": "user joe holds no role here (project 42)",
    }
    reading = explain(graph, "ann", "segment.read", project)
    assert reading.granted is not None
    assert reading.granted.way == ("editor", "viewer")
    assert "not known" in explain(graph, "bob", "segment.read", Resource(7, "project", 43)).why
    assert graph.roles_of("bob", project) == (("suspended", project), ("editor", Resource(7)))
    assert permissions(graph, "bob", project) == {"segment.read"}


@pytest.mark.parametrize("name", ["admin", "", "a" * 10_000, cast(Any, None)])
def test_a_membership_of_a_role_that_is_not_there_costs_its_user_all_and_nobody_else(name: str) -> None:
    project, owner = Resource(7, "project", 42), Role("owner", ["**"])
    held = [(9, "owner"), (9, name, project), (9, "owner", project), (1, "owner")]
    graph = RoleGraph(7, [owner], held, within={project: Resource(7)})
    assert [can(graph, user, "read", where) for user in (1, 9) for where in (project, Resource(7))] == [True] * 2 + [
        False
    ] * 2
    assert graph.unknown == {9: (name or "")[:200]}
    assert permissions(graph, 9, project) == frozenset()
    why = explain(graph, 9, "read", project).why
    assert "there is no such role in tenant 7" in why
    assert graph == RoleGraph(7, [owner], held[::-1], within={project: Resource(7)})
    assert graph != RoleGraph(7, [owner], held[3:], within={project: Resource(7)})


@pytest.mark.parametrize("meant", [1, UUID(int=1), "1"])
def test_a_user_of_another_type_is_told_of(meant: Id) -> None:
    graph = RoleGraph(7, [Role("owner", ["**"])], [(meant, "owner")])
    given = 1 if meant == "1" else str(meant)
    why = explain(graph, given, "read", Resource(7)).why
    assert why.endswith(f"; user {meant!r} does, and {given!r} is another one: ids are compared with their type")
    assert "another one" not in explain(graph, "nobody", "read", Resource(7)).why


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: RoleGraph(7, [Role("a", inherits=["b"]), Role("b", inherits=["a"])], []), "a role is in itself"),
        (lambda: RoleGraph(7, [Role("a", inherits=["a"])], []), "a role is in itself: a in a"),
        (lambda: RoleGraph(7, [Role("a", inherits=["b"])], []), "there is no such role"),
        (lambda: RoleGraph(7, [], [(1, cast(Any, 5))]), "5 is no text"),
        (lambda: RoleGraph(7, [], cast(Any, ["ann"])), "'ann' is not (user, role)"),
        (lambda: RoleGraph(7, [Role("a"), Role("a")], []), "there twice"),
        (lambda: Role("a", allow="segment.edit"), "allow of a are several: got 'segment.edit'"),
        (lambda: Role("a", inherits=cast(Any, None)), "inherits of a are several: got None"),
        (lambda: RoleGraph(7, [], [], disabled="ab"), "disabled users are several: got 'ab'"),
        (lambda: RoleGraph(7, [], [], disabled=b"ab"), "disabled users are several: got b'ab'"),
        (lambda: RoleGraph(7, [], cast(Any, "ab")), "memberships are several: got 'ab'"),
        (lambda: RoleGraph(7, [], [], within=cast(Any, "ab")), "within is 'ab'"),
        (lambda: RoleGraph(7, cast(Any, "ab"), []), "roles are several: got 'ab'"),
        (lambda: Role("a", allow=["seg*.edit"]), "no segment of its own"),
        (lambda: Role("a", allow=["**.edit"]), "no segment of its own"),
        (lambda: RoleGraph(7, [], [], within={Resource(7, "a", 1): Resource(7, "a", 2)}), "not named in `within`"),
        (
            lambda: RoleGraph(
                7, [], [], within={Resource(7, "a", 1): Resource(7, "a", 2), Resource(7, "a", 2): Resource(7, "a", 1)}
            ),
            "lies in itself",
        ),
        (lambda: Resource(7, "project"), "name both"),
        (lambda: Resource(7, "Project", 1), "not a resource"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(make: Any, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    assert told in f"{refused.value} {refused.value.remedy}"


def test_more_than_is_bounded_is_refused() -> None:
    with pytest.raises(RefusedError, match=f"more than {PATTERNS_MAX} allow of big"):
        Role("big", [f"p{number}" for number in range(PATTERNS_MAX + 1)])


def test_a_graph_takes_no_more_memory_than_the_cache_reckons() -> None:
    def number(one: int) -> UUID:
        return UUID(int=one + (1 << 90))

    tracemalloc.start()
    try:
        held = ((number(one // 5), "editor", Resource(7, "project", number(one % 100))) for one in range(2_000))
        graph = RoleGraph(7, [Role("editor", ["edit"])], held, unlisted=True)
        took, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took <= size_of(graph)
