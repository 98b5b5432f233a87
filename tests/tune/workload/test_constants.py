"""Constants become parameters."""

import pytest

from plimsoll.tune.workload.constants import normalised


@pytest.mark.parametrize(
    ("sent", "text", "values"),
    [
        ("SELECT 1 FROM t WHERE a='it''s' ;", "SELECT $1 FROM t WHERE a=$2", ("1", "it's")),
        ("a = $1 AND b = 5", "a = $1 AND b = $2", ("5",)),
        ("a > -5 AND b = c - 5 AND d = (- 3)", "a > $1 AND b = c - $2 AND d = ($3)", ("-5", "5", "-3")),
        ("a  =\n E'x\\ty\\u00e9\\'' /* who */ LIMIT 10", "a = $1 LIMIT $2", ("x\tyé'", "10")),
        ("a = $$b'$$ AND c = $q$d$q$", "a = $1 AND c = $2", ("b'", "d")),
        ("a = 1.5e3 AND b = .5 AND c = B'01'", "a = 1.5e3 AND b = .5 AND c = B'01'", ()),
        ("a::numeric(10, 2) = 3 AND b::varchar(4) = 'x'", "a::numeric(10, 2) = $1 AND b::varchar(4) = $2", ("3", "x")),
        ("SELECT a ORDER BY 1, 2 DESC LIMIT 3", "SELECT a ORDER BY 1, 2 DESC LIMIT $1", ("3",)),
        ('"a  b" = 1', '"a  b" = $1', ("1",)),
        ("a IN (1,2)", "a IN ($1,$2)", ("1", "2")),
    ],
)
def test_what_differs_from_call_to_call_is_a_value(sent: str, text: str, values: tuple[str, ...]) -> None:
    assert normalised(sent) == (text, values)


def test_an_expression_stays_what_rows_are_grouped_by() -> None:
    sent = "SELECT date_trunc('day', at), count(*) FROM t WHERE b > 1 GROUP BY date_trunc('day', at) ORDER BY 2"
    text = "SELECT date_trunc($1, at), count(*) FROM t WHERE b > $2 GROUP BY date_trunc($1, at) ORDER BY 2"
    assert normalised(sent) == (text, ("day", "1"))
