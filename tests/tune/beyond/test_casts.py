"""The value is cast in place of the column: it finds the same rows whatever it is."""

import asyncio
from decimal import Decimal
from typing import Any

import asyncpg

from tests.tune.beyond.enlarged import advised, asked_of

DDL = """
CREATE TABLE things (id bigint NOT NULL, n int, s smallint, u uuid, at date, gone text);
INSERT INTO things SELECT n, n, n, md5(n::text)::uuid, date '2026-01-01' + n, 'x' FROM generate_series(1, 3000) n;
INSERT INTO things (id, n, s) VALUES (0, 0, 0), (9223372036854775807, 2147483647, 32767),
    (-9223372036854775808, -2147483648, -32768);
CREATE INDEX ON things (id); CREATE INDEX ON things (n); CREATE INDEX ON things (s); CREATE INDEX ON things (u);
CREATE INDEX ON things (at); ANALYZE;
"""
NUMBERS = ["55", "55.5", "56.0", "1e30", "-1e30", "NaN", "2147483647", "2147483648", "32767.4", "9223372036854775807"]
TEXTS = ["56", "056", "+56", "56.0", " 56", "", "x", "-0", "-32768", "9223372036854775807", "9223372036854775808"]
FORMS: dict[str, tuple[str, list[Any]]] = {
    "n::numeric = $1": ("numeric", [Decimal(one) for one in NUMBERS]),
    "id = $1::numeric": ("numeric", [Decimal(one) for one in NUMBERS]),
    "n::double precision = $1": ("double precision", [float(one) for one in [*NUMBERS, "inf"]]),
    "s::text = $1": ("text", TEXTS),
    "id::text = $1": ("text", TEXTS),
    "u::text = $1": ("text", ["c4ca4238-a0b9-2382-0dcc-509a6f75849b", "C4CA4238-A0B9-2382-0DCC-509A6F75849B", "", "x"]),
}


def test_a_cast_value_finds_the_same_rows_whatever_it_is(database: str) -> None:
    queries = {
        held: asked_of(f"SELECT id FROM things WHERE {held}", (kind, str(values[0])), rows=1)
        for held, (kind, values) in FORMS.items()
    }
    found = advised(database, DDL, list(queries.values()))
    after = {held: found[query.text][0].change.after for held, query in queries.items()}
    asyncio.run(_compare(database, after))


async def _compare(dsn: str, after: dict[str, str]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for held, text in after.items():
            for value in [*FORMS[held][1], None]:
                before = await connection.fetch(f"SELECT id FROM things WHERE {held}", value)
                assert await connection.fetch(text, value) == before, (text, value)
            plan = str(await connection.fetch(f"EXPLAIN {text}", FORMS[held][1][0]))
            assert "Index Cond" in plan, plan
    finally:
        await connection.close()


def test_where_no_such_value_is_the_same_it_is_an_example_with_its_risk(database: str) -> None:
    double = asked_of("SELECT id FROM things WHERE id = $1::double precision", ("double precision", "5"), rows=1)
    date = asked_of("SELECT id FROM things WHERE at::text = $1", ("text", "2026-02-03"), rows=1)
    negated = asked_of("SELECT id FROM things WHERE NOT (n::numeric = $1)", ("numeric", "5"), rows=1)
    found = advised(database, DDL, [double, date, negated])
    for query in (double, date):
        (one,) = found[query.text]
        assert (one.change.after, one.confidence) == ("", "medium")
        assert "Not the same for every value" in one.change.risk
        assert "CAST($1" in one.change.details["sketch"]
    assert found[negated.text] == []
