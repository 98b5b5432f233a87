"""What a type refuses is told as far as it is certain; what PostgreSQL may read in a way of its own is not."""

import pytest

from plimsoll.core.schema import DataType
from plimsoll.data.types.refusing import refusal

INT2, FLOAT, BIT = DataType("smallint", "int2"), DataType("real", "float4"), DataType("bit(3)", "bit", length=3)
DATE, CHAR, UUID = DataType("date", "date"), DataType("character(2)", "bpchar", length=2), DataType("uuid", "uuid")
JSON, LIST, ROW = DataType("jsonb", "jsonb"), DataType("text[]", "text", "array"), DataType("pair", "pair", "composite")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (INT2, " 12 "), (INT2, "0x1f"), (INT2, "-32768"), (FLOAT, "1e9"), (FLOAT, "NaN"), (FLOAT, "-infinity"),
        (BIT, "101"), (DATE, "Jan 5 2026"), (DATE, "infinity"), (DATE, "20260105"), (DATE, "5/6/2026"),
        (DATE, "2026-02-28 10:00"), (CHAR, "ab   "),
        (UUID, "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"), (JSON, '"text"'), (JSON, " {} "), (LIST, "{a}"),
        (LIST, "[0:0]={a}"), (ROW, "(1,2)"), (DataType("inet", "inet"), "anything"),
    ],
)  # fmt: skip
def test_what_may_be_right_is_left_to_the_server(kind: DataType, text: str) -> None:
    assert refusal(kind, text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (INT2, "1.5"), (INT2, "32768"), (INT2, ""), (FLOAT, "fast"), (BIT, "1010"), (DATE, "soon"), (DATE, "5.0"),
        (DATE, "2026-13-01"), (DATE, "31.12.2025"), (CHAR, "abc"), (UUID, "12-34"), (JSON, "text"), (JSON, "{a: 1}"),
        (LIST, "a, b"), (ROW, "1, 2"), (DataType("text", "text"), "a\0b"),
    ],
)  # fmt: skip
def test_what_is_certainly_wrong_is_told(kind: DataType, text: str) -> None:
    assert refusal(kind, text)
