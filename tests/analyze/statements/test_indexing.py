"""Few indexes for many statements: each is served, none twice, and always by the same ones."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.analyze.statements.indexing import Access, advise

NAMES = ("a", "b", "c", "d", "e")


def access(equal: str = "", then: str = "", rows: float = 10.0, weight: float = 1.0) -> Access:
    return Access(tuple(equal), then, rows, weight)


def columns(*accesses: Access, known: tuple[str, ...] = ()) -> list[str]:
    return ["".join(one.columns) for one in advise(accesses, known)]


ACCESSES = st.lists(
    st.builds(
        Access,
        st.lists(st.sampled_from(NAMES), unique=True, max_size=3).map(tuple),
        st.sampled_from(("", *NAMES)),
        st.sampled_from((0.0, 10.0, 20_000.0)),
        st.sampled_from((1.0, 5.0, 50.0)),
    ),
    max_size=8,
)
KNOWN = st.lists(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=2), max_size=2)


@given(ACCESSES, KNOWN)
def test_every_access_is_served_once_by_an_index_that_begins_with_its_column(
    accesses: list[Access], known: list[list[str]]
) -> None:
    found = advise(accesses, known)
    assert found == advise(list(accesses), known), "the same each time"
    served = sorted(number for one in found for number in one.served)
    assert served == [number for number, one in enumerate(accesses) if one.columns]
    for index in found:
        assert index.served
        assert len(set(index.columns)) == len(index.columns) <= 4
        for number in index.served:
            assert index.columns[0] in (accesses[number].equal or (accesses[number].then,))
    assert len({one.columns for one in found}) == len(found) <= len(served)


@given(st.lists(st.sets(st.sampled_from(NAMES[1:]), max_size=2), min_size=1, max_size=8))
def test_what_shares_one_column_gets_one_index(others: list[set[str]]) -> None:
    accesses = [access("".join(sorted(one)) + "a") for one in others]
    (index,) = advise(accesses)
    assert set(index.columns) == set.intersection(*(set(one.equal) for one in accesses)) or index.columns == ("a",)


def test_the_smaller_serves_what_contains_it() -> None:
    assert columns(access("so"), access("s"), access("ts"), access("osg")) == ["s"]
    assert columns(access("ab"), access("ba")) == ["ab"]


def test_what_most_of_the_time_is_sorted_or_bounded_by_comes_last() -> None:
    assert columns(access("s", "i", weight=3), access("st", weight=1), access("s", "z", weight=1)) == ["si"]
    assert columns(access("s", "i"), access("s"), access("s")) == ["s"]
    assert columns(access("", "p"), access("c", "p")) == ["cp", "p"]


def test_the_one_that_serves_most_of_the_time_is_first() -> None:
    assert columns(access("a"), access("b", weight=9)) == ["b", "a"]


def test_a_column_that_chooses_too_many_rows_serves_nobody_who_wants_few() -> None:
    assert columns(access("tc", rows=2), access("t", rows=50_000)) == ["tc"], "it serves both"
    assert columns(access("tc", rows=2), access("t", rows=300)) == ["t"]


def test_an_index_that_is_there_is_not_advised_again() -> None:
    assert columns(access("ck"), access("cs"), known=("c",)) == ["ck", "cs"]
    assert columns(access("c", "p"), access("c", "q"), known=("cx",)) == ["cp", "cq"]
