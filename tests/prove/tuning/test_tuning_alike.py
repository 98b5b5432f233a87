"""That an answer is known again, however it is written."""

from plimsoll.core.tuning.index import IndexKey
from tests.prove.tuning.alike import accepted_in, plain, plain_all
from tests.prove.tuning.cases import answer, any_of, on


def test_an_index_read_backwards_is_the_same_one() -> None:
    assert plain(on("orders", "-total", "at")) == plain(on("orders", "total", "-at"))
    assert plain(on("orders", "-total", "at")) != plain(on("orders", "total", "at"))


def test_nulls_that_lie_at_the_other_end_make_it_another_one() -> None:
    last = on("items", IndexKey('"due"', "due", descending=True, nulls_first=False))
    first = on("items", IndexKey('"due"', "due", nulls_first=True))
    assert plain(last) == plain(first) != plain(on("items", "due"))


def test_parentheses_and_casts_of_the_servers_writing_do_not_count() -> None:
    ours, theirs = on("users", "(lower(email))"), on("users", IndexKey("lower((email)::text)"))
    assert plain(ours) == plain(theirs) != plain(on("users", "(upper(email))"))


def test_an_answer_of_two_needs_both() -> None:
    both = (answer(on("a", "x"), on("b", "y")),)
    assert accepted_in(both, [on("a", "x")]) is None
    assert accepted_in(both, [on("b", "y"), on("a", "x"), on("c", "z")]) == plain_all(both[0])
    assert accepted_in(any_of(on("a", "x"), on("b", "y")), [on("b", "y")]) == plain_all([on("b", "y")])
