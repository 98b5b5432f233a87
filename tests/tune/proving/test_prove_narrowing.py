"""Smaller indexes that are tried instead of one that pays."""

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.covering import carrying
from plimsoll.tune.proving.narrowing import narrower, smaller_change, sorts

T = TableName("public", "t")


def index(*columns: str, include: tuple[str, ...] = (), method: str = "btree") -> Index:
    return Index(T, tuple(map(IndexKey.of, columns)), method, include)


def plan(*kinds: str, used: str = "") -> list[PlanNode | None]:
    return [
        PlanNode(
            "Limit", 1, 1, 1.0, children=tuple(PlanNode(kind, 1, 1, 1.0, "public.t", index=used) for kind in kinds)
        )
    ]


def test_what_is_only_carried_goes_first_and_keys_from_the_last() -> None:
    assert list(narrower(index("a", "b", include=("c",)))) == [index("a", "b")]
    assert list(narrower(index("a", include=("c", "d")))) == [
        index("a"),
        index("a", include=("d",)),
        index("a", include=("c",)),
    ]
    assert list(narrower(index("a", "b"))) == [index("a")]
    assert list(narrower(index("a"))) == []
    assert list(narrower(index("a", "b", method="gin"))) == []


def test_a_smaller_index_is_another_change_with_its_own_steps() -> None:
    wide = Change(
        "create-index", "public.t", "", "why", ("q",), index("a", include=("c",)), form="covering", steps=(Step("x"),)
    )
    small = smaller_change(wide, index("a"))
    assert (small.form, small.steps, small.why, small.queries) == ("btree", (), "why", ("q",))
    assert small.id != wide.id
    assert "(a)" in small.title


def test_the_reason_of_a_smaller_index_says_nothing_of_what_it_does_not_have() -> None:
    wide = index("a", "b", include=("c", "d"))
    change = Change("create-index", "public.t", "", f"a equal, then b{carrying(wide)}", index=wide, form="covering")
    assert smaller_change(change, index("a", "b", include=("c",))).why == "a equal, then b"
    slim = smaller_change(change, index("a", "b"))
    assert slim.why == "a equal, then b"
    assert smaller_change(slim, index("a")).why == "a equal, then b; b behind that gave too little"


def test_sorts_of_all_plans_are_counted() -> None:
    assert sorts({"q": plan("Sort", "Incremental Sort", "Seq Scan"), "r": [None]}) == 2
