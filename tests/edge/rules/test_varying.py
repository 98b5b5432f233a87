"""RFC 9111, 4.1: who gets which variant."""

import pytest

from plimsoll.edge import rules
from tests.edge.exchange import NOW_S, date, get, judged, kept, looked, ok

MINUTE = "Cache-Control: max-age=60"


def answers(vary: str, first: list[str], then: list[str]) -> bool:
    """Whether what the first request brought answers the second one."""
    stored = kept(ok(MINUTE, f"Vary: {vary}"), get(*first))
    return looked(stored, get(*then)) == "answer fresh"


@pytest.mark.parametrize("lines", [["*"], ["*, *"], ["", "*"], [", *"], ["Foo, *"], ["*, Foo"], ["Foo", "*"], ["a b"]])
def test_what_varies_by_everything_or_by_who_knows_what_is_not_stored(lines: list[str]) -> None:
    assert judged(ok(MINUTE, *(f"Vary: {line}" for line in lines))) == "vary"


def test_what_varies_by_too_much_is_not_stored() -> None:
    assert judged(ok(MINUTE, "Vary: " + ", ".join(f"x{n}" for n in range(9)))) == "vary"


@pytest.mark.parametrize(
    ("vary", "first", "then"),
    [
        ("Foo", ["Foo: 1"], ["Foo: 1"]),
        ("FOO", ["Foo: 1", "Other: 2"], ["foo: 1", "Other: 3"]),
        ("Foo, Bar", ["Foo: 1"], ["Foo: 1"]),
        ("Bar,Foo", ["Foo: 1", "Bar: 2"], ["Bar: 2", "Foo: 1"]),
        ("Foo", ["Foo: 1, 2"], ["Foo: 1", "Foo: 2"]),
        ("Foo", ["Foo: 1,2"], ["Foo:   1 ,\t2 "]),
        ("Accept-Language", ["Accept-Language: en, de"], ["Accept-Language: EN,De"]),
        ("Accept-Encoding", ["Accept-Encoding: gzip, br"], ["Accept-Encoding: br;q=1.0, GZIP;q=0.5, deflate"]),
        ("Accept-Encoding", ["Accept-Encoding: identity"], []),
        ("Accept-Encoding", ["Accept-Encoding: gzip;q=0"], ["Accept-Encoding: compress"]),
    ],
)
def test_who_asks_the_same_gets_it(vary: str, first: list[str], then: list[str]) -> None:
    assert answers(vary, first, then)
    assert answers(vary, then, first)


@pytest.mark.parametrize(
    ("vary", "first", "then"),
    [
        ("Foo", ["Foo: 1"], ["Foo: 2"]),
        ("Foo", ["Foo: 1"], []),
        ("Foo", ["Foo: "], []),
        ("Foo, Bar", ["Foo: 1", "Bar: 2"], ["Foo: 2", "Bar: 1"]),
        ("Foo, Bar", ["Foo: 1"], ["Bar: 1"]),
        ("Foo", ['Foo: "1, 2"'], ['Foo: "1,2"']),
        ("Foo", ["Foo: a"], ["Foo: A"]),
        ("User-Agent", ["User-Agent: x, y"], ["User-Agent: x,y"]),
        ("Cookie", ["Cookie: a=1", "Cookie: b=2"], ["Cookie: a=1, b=2"]),
        ("Accept-Encoding", ["Accept-Encoding: gzip"], ["Accept-Encoding: br"]),
        ("Accept-Encoding", ["Accept-Encoding: gzip"], []),
        ("Accept-Encoding", ["Accept-Encoding: gzip"], ["Accept-Encoding: gzip;q=0, *;q=0"]),
        ("Accept-Language", ["Accept-Language: en, de"], ["Accept-Language: de, en"]),
    ],
)
def test_who_asks_something_else_does_not(vary: str, first: list[str], then: list[str]) -> None:
    assert not answers(vary, first, then)
    assert not answers(vary, then, first)


def test_of_several_that_fit_the_one_made_last_is_told() -> None:
    old = kept(ok(MINUTE))
    new = kept(ok(MINUTE, "Vary: Foo", f"Date: {date(NOW_S + 2)}"), get("Foo: 1"), at_s=NOW_S + 2)
    look = rules.look(get("Foo: 1"), [new, old], NOW_S + 3)
    assert isinstance(look, rules.Answer)
    assert look.stored is new
    assert looked([new, old], get("Foo: 2"), after_s=3) == "answer fresh"


def test_a_coding_that_others_with_the_same_key_cannot_read_is_not_stored() -> None:
    asks = get("Accept-Encoding: gzip, compress")
    coded = [MINUTE, "Vary: Accept-Encoding"]
    assert judged(ok(*coded, "Content-Encoding: compress"), asks) == "coding"
    assert judged(ok(*coded, "Content-Encoding: gzip, br"), asks) == "coding"
    assert kept(ok(*coded, "Content-Encoding: gzip"), asks)
    assert kept(ok(*coded, "Content-Encoding: identity"), asks)


def test_a_coded_body_is_told_to_those_alone_who_asked_for_the_same_though_vary_is_silent() -> None:
    stored = kept(ok(MINUTE, "Content-Encoding: gzip"), get("Accept-Encoding: gzip"))
    assert looked(stored, get("Accept-Encoding: gzip, deflate")) == "answer fresh"
    assert looked(stored, get()) == "forward vary-miss"


def test_variants_by_other_names_are_told_apart() -> None:
    one, other, two = (
        kept(ok(MINUTE, f"Vary: {line.partition(':')[0]}"), get(line)) for line in ("Foo: 1", "Bar: 1", "Foo: 2")
    )
    variants = [one, other, two]
    asks = {"Foo: 1": one, "Bar: 1": other, "Foo: 2": two}
    for line, stored in asks.items():
        look = rules.look(get(line), variants, NOW_S)
        assert isinstance(look, rules.Answer)
        assert look.stored is stored
    assert looked(variants, get("Foo: 9", "Bar: 9")) == "forward vary-miss"
