"""The order of filling: parents first, cycles cut where it costs least."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, DataType, ForeignKey, Table, UniqueKey
from plimsoll.data.deciding.order import can_be_null, fill_order

INT = DataType("integer", "int4")


def table(name: str, *references: tuple[str, bool]) -> Table:
    """With a key `id`, and a column for each table it refers to, nullable or not."""
    columns = [Column("id", INT, nullable=False)]
    columns += [Column(f"{other}_id", INT, nullable=nullable) for other, nullable in references]
    keys = [
        ForeignKey(f"{name}_{other}", (f"{other}_id",), TableName("public", other), ("id",)) for other, _ in references
    ]
    primary = UniqueKey(f"{name}_pkey", ("id",), primary=True)
    return Table(TableName("public", name), tuple(columns), (primary,), tuple(keys))


def order(*tables: Table) -> tuple[list[str], set[str], set[str]]:
    found = fill_order({one.name: one for one in tables})
    return (
        [one.name.name for one in found.tables],
        {name for _, name in found.later},
        {name for _, name in found.deferred},
    )


def test_parents_come_before_children() -> None:
    assert order(table("a", ("b", False)), table("b", ("c", False)), table("c")) == (["c", "b", "a"], set(), set())


def test_a_reference_to_the_same_table_waits_for_nobody() -> None:
    assert order(table("a", ("a", True))) == (["a"], set(), set())


def test_a_cycle_is_cut_where_a_reference_may_be_null() -> None:
    names, later, deferred = order(table("a", ("b", False)), table("b", ("a", True)))
    assert (names, later, deferred) == (["b", "a"], {"b_a"}, set())


def test_a_cycle_that_must_not_be_null_is_deferred() -> None:
    _, later, deferred = order(table("a", ("b", False)), table("b", ("a", False)))
    assert not later
    assert len(deferred) == 1


def test_what_merely_waits_for_a_cycle_is_not_cut() -> None:
    _, later, _ = order(table("z", ("a", True)), table("a", ("b", False)), table("b", ("a", True)))
    assert later == {"b_a"}


def test_a_table_that_is_not_filled_is_not_waited_for() -> None:
    assert order(table("a", ("elsewhere", False)))[0] == ["a"]


def test_a_column_of_the_primary_key_cannot_be_null() -> None:
    one = table("a", ("b", True))
    primary = UniqueKey("a_pkey", ("b_id",), primary=True)
    keyed = Table(one.name, one.columns, (primary,), one.foreign_keys)
    assert can_be_null(one, one.foreign_keys[0])
    assert not can_be_null(keyed, keyed.foreign_keys[0])


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.tuples(st.sampled_from("abcdef"), st.booleans()))))
def test_every_table_is_placed_once_and_only_cut_references_point_ahead(
    graph: dict[str, set[tuple[str, bool]]],
) -> None:
    tables = [table(name, *sorted(dict(references).items())) for name, references in graph.items()]
    found = fill_order({one.name: one for one in tables})
    place = {one.name: number for number, one in enumerate(found.tables)}
    assert sorted(place) == sorted(one.name for one in tables)
    ahead = {
        (one.name, key.name)
        for one in tables
        for key in one.foreign_keys
        if key.referenced in place and key.referenced != one.name and place[key.referenced] > place[one.name]
    }
    assert ahead <= found.later | found.deferred
