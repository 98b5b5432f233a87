"""How rows that were left out are told."""

from plimsoll.analyze.reading.left_out import LeftOut


def said(*lines: int) -> str:
    left_out = LeftOut()
    for line in lines:
        left_out.add("cut off", line)
    return left_out.said()[0]


def test_lines_are_named_once_each_and_the_first_of_them() -> None:
    assert said(2_004) == "1 row: cut off (line 2,004)"
    assert said(3, 3) == "2 rows: cut off (line 3)"
    assert said(3, 3, 5) == "3 rows: cut off (lines 3, 5)"
    assert said(1, 2, 3, 4) == "4 rows: cut off (lines 1, 2, 3 …)"
