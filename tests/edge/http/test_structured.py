"""RFC 9651: every type, and what is none of them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge.http.structured import (
    Date,
    DisplayString,
    InnerList,
    Item,
    Token,
    parse_dictionary,
    parse_item,
    parse_list,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"42", 42),
        (b"-0", 0),
        (b"00042", 42),
        (b"-999999999999999", -999999999999999),
        (b"4.5", Decimal("4.5")),
        (b"-123456789012.123", Decimal("-123456789012.123")),
        (b'"a\\"b\\\\c"', 'a"b\\c'),
        (b'""', ""),
        (b"foo123/456", Token("foo123/456")),
        (b"*a:b", Token("*a:b")),
        (b":cHJldGVuZA==:", b"pretend"),
        (b":cHJldGVuZA:", b"pretend"),
        (b"::", b""),
        (b"?1", True),
        (b"?0", False),
        (b"@1659578233", Date(1659578233)),
        (b"@-1", Date(-1)),
        (b'%"f%c3%bc%22"', DisplayString('fü"')),
        (b"  1  ", 1),
    ],
)
def test_an_item_is_read(text: bytes, value: Any) -> None:
    item = parse_item(text)
    assert item == Item(value, {})
    assert item is not None
    assert type(item.value) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-",
        b"--1",
        b"1.",
        b"1.2345",
        b".5",
        b"1234567890123456",
        b"1234567890123.1",
        b"1.2.3",
        b'"a',
        b'"\\a"',
        b'"\x7f"',
        b'"\xc3\xbc"',
        b":a:b:",
        b":a-b:",
        b":abcde",
        b"?2",
        b"?",
        b"@1.5",
        b"@",
        b'%"%C3%BC"',
        b'%"%ff"',
        b'%"%2"',
        b"%a",
        b"1 2",
        b"a,b",
        b"1;",
        b"1;A=2",
        b"1 ;a",
        b"\t1",
        b"{}",
        b"(1)",
    ],
)
def test_what_is_no_item_is_none(text: bytes) -> None:
    assert parse_item(text) is None


def test_parameters_are_read_and_the_last_of_one_name_counts() -> None:
    assert parse_item(b'a;b;c=1;  d="x";b=?0') == Item(Token("a"), {"b": False, "c": 1, "d": "x"})


def test_a_list_has_items_and_inner_lists() -> None:
    inner = InnerList((Item(1, {"x": True}), Item(2, {})), {"y": 5})
    assert parse_list(b"a ,\t(1;x  2 );y=5, ()") == [Item(Token("a"), {}), inner, InnerList((), {})]
    assert parse_list(b"") == []


@pytest.mark.parametrize("text", [b"a,", b",a", b"a,,b", b"a b", b"(a", b"(a,b)", b"(a)b", b'("a"b)', b"((a))"])
def test_what_is_no_list_is_none(text: bytes) -> None:
    assert parse_list(text) is None


def test_a_dictionary_has_keys_and_the_last_of_one_counts_in_the_firsts_place() -> None:
    got = parse_dictionary(b"a=1, *b;x=2, c=?0, d=(1 2), a=3")
    assert got is not None
    assert list(got) == ["a", "*b", "c", "d"]
    assert got["a"] == Item(3, {})
    assert got["*b"] == Item(True, {"x": 2})
    assert got["c"] == Item(False, {})


@pytest.mark.parametrize("text", [b"A=1", b"a =1", b"a= 1", b"a=", b"1=a", b"a=1,", b"a=1 b=2", b"a==1", b"&"])
def test_what_is_no_dictionary_is_none(text: bytes) -> None:
    assert parse_dictionary(text) is None


@given(st.binary(max_size=40) | st.text(alphabet='ab1-.";,=()?@%: \\*', max_size=30).map(str.encode))
def test_nothing_makes_it_fail(text: bytes) -> None:
    for parse in (parse_item, parse_list, parse_dictionary):
        parse(text)


def test_what_is_long_is_read_in_one_go() -> None:
    assert len(parse_list(b", ".join([b'"a\\\\";b=1'] * 5_000)) or []) == 5_000
    for text in (b'"' + b"\\\\" * 20_000, b"a;" * 20_000, b"(" * 20_000, b"%" + b'"%41' * 20_000):
        assert parse_list(text) is None
