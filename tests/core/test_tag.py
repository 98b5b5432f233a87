"""Two rows share a tag exactly if they share the columns of its template; no row has the tag of a family."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import Template, family_of, is_row_tag, is_whole, table_tag, tag, whole

NASTY = st.text(alphabet="%/*0h25AF:.a ", max_size=5) | st.text(st.characters(exclude_characters="\0"), max_size=3)
LONG = st.sampled_from(["a", "%", "/"]).flatmap(lambda one: st.integers(60, 210).map(lambda n: one * n))
VALUES = st.none() | NASTY | LONG
NAMES = st.text(alphabet="a{}/:% \"'", min_size=1, max_size=4)


@given(st.lists(VALUES, min_size=1, max_size=3), st.lists(VALUES, min_size=1, max_size=3))
def test_keys_are_shared_by_equal_values_only(one: list[Any], other: list[Any]) -> None:
    assert (tag("order", *one) == tag("order", *other)) is (one == other)


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_a_row_never_has_the_tag_of_a_family_and_its_length_is_bounded(values: list[Any]) -> None:
    made = tag("order", *values)
    assert is_row_tag(made)
    assert not is_whole(made)
    assert family_of(made) == family_of(whole("order")) == "order"
    assert len(made) <= len("order:") + 200


@given(st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES))
def test_tables_share_a_tag_only_with_themselves(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (table_tag(TableName(*one)) == table_tag(TableName(*other))) is (one == other)


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_a_template_is_read_as_it_is_written(columns: list[str]) -> None:
    for template in (Template("order", tuple(columns)), Template("order", ("id",), tuple(columns))):
        assert Template.parse(str(template)) == template


def test_values_are_written_as_the_server_writes_them() -> None:
    row = {"a": 7, "b": True, "c": UUID(int=5), "d": None, "e": "x/y"}
    written = "order:7/true/00000000-0000-0000-0000-000000000005/%0/x%2Fy"
    assert Template.parse("order:{a}/{b}/{c}/{d}/{e}").tag_of(row) == written


NOT_TEMPLATES = (
    "", "order", "order:", "order:id", "order:{}", "order:{a}{b}", "order:{a}/", "order:{a},{b}", "order:{a}x",
    "Order:{a}", ":{a}", "table:{a}", "order:{a}/{a}", "order:{a\0}", "order:{" + "n" * 64 + "}",
    "order:" + "/".join(f"{{c{n}}}" for n in range(9)),
)  # fmt: skip


@pytest.mark.parametrize("text", NOT_TEMPLATES)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Template.parse(text)
    assert raised.value.remedy


@pytest.mark.parametrize("value", [1.5, b"x", "a\0", object()])
def test_a_value_without_a_text_of_its_own_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="a tag cannot be made"):
        tag("order", value)


@pytest.mark.parametrize("text", ["order:a*", "order:50%", "order:%2f", "table:public.orders", "order:*", "a b:1"])
def test_what_no_row_gives_is_seen(text: str) -> None:
    assert not is_row_tag(text)
