"""What constants become is the same, whether it is known already or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.sql.tokens import parameters
from plimsoll.tune.workload.constants import normalised
from plimsoll.tune.workload.shapes import Shape, Shapes

PARTS = [
    "SELECT ", "a", "'x'", "''", "'it''s'", "5", "17.5", " ", ", ", "-", "- ", "(", ")", "$2", " = ", "GROUP BY ", ";",
    "::", " ORDER BY ", "DISTINCT ", '"q 1"', '"', "'", "--c\n", "/* 7 */", "/*+ h */", "E'\\''", "B'01'", "$$x$$",
    "$t$", "/*", "*/", ".5", "1e3", "LIMIT ", "numeric(10, 2)", "é", "7000000000", "'plimsoll_constant_0_'", "\1",
]  # fmt: skip


def long_way(text: str) -> Shape:
    made, values = normalised(text)
    return Shape(made, values, max(parameters(text), default=0))


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), max_size=4))
def test_the_short_way_leads_where_the_long_one_does(texts: list[str]) -> None:
    shapes = Shapes()
    for text in [*texts, *texts]:
        assert shapes.of(text) == long_way(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t WHERE b = {} AND c = 'x{}' ORDER BY 1, 2 LIMIT {}",
        "SELECT date_trunc('day', at), {} FROM t WHERE b = -{} GROUP BY date_trunc('day', at), {}",
        'SELECT "a {}" FROM t WHERE b::numeric(10, {}) = $1 /* {} */',
    ],
)
def test_other_constants_are_other_values_of_the_same_text(text: str) -> None:
    shapes = Shapes()
    for numbers in ((1, 1, 1, 1), (1, 2, 3, 4), (2, 2, 3, 3), (5, 6, 5, 6)):
        assert shapes.of(text.format(*numbers)) == long_way(text.format(*numbers))
