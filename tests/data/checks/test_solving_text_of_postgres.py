"""What PostgreSQL prints of checks, on every version, is solved."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import asyncpg
import pytest

from plimsoll.core.schema import Check, DataType
from plimsoll.data.checks import domain_of, solve
from plimsoll.data.domain import Bound, Domain, Implication, NullCount, NullTogether, Ordering, Solution

TABLE = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TABLE job (
    status text, code varchar(20), flag character(3), n integer, amount numeric(10, 2), ratio double precision,
    born date, died date, made timestamp, done timestamptz, digest bytea, tags text[], body jsonb, open boolean,
    feeling mood, "Odd Name" integer
)
"""
TYPES = {
    "status": DataType("text", "text"),
    "code": DataType("character varying(20)", "varchar", length=20),
    "flag": DataType("character(3)", "bpchar", length=3),
    "n": DataType("integer", "int4"),
    "amount": DataType("numeric(10,2)", "numeric", precision=10, scale=2),
    "ratio": DataType("double precision", "float8"),
    "born": DataType("date", "date"),
    "died": DataType("date", "date"),
    "made": DataType("timestamp without time zone", "timestamp"),
    "done": DataType("timestamp with time zone", "timestamptz"),
    "digest": DataType("bytea", "bytea"),
    "tags": DataType("text[]", "text", kind="array", element=DataType("text", "text")),
    "body": DataType("jsonb", "jsonb"),
    "open": DataType("boolean", "bool"),
    "feeling": DataType("mood", "mood", kind="enum", labels=("sad", "ok", "glad")),
    "Odd Name": DataType("integer", "int4"),
}
NOT_NULL, NULL = Domain(not_null=True), Domain(is_null=True)


def at(value: int | str | date | datetime) -> Bound:
    return Bound(Decimal(value) if isinstance(value, int | str) else value)


def beyond(value: int | str | date | datetime) -> Bound:
    return Bound(at(value).value, inclusive=False)


def implied(values: str, consequence: Domain, *, negated: bool = False, then: str = "done") -> Implication:
    return Implication("status", frozenset(values.split()), then, consequence, negated)


BY_COLUMN: Mapping[str, tuple[str, Domain]] = {
    "status IN ('a', 'b')": ("status", Domain(choices=("a", "b"))),
    "code IN ('a', 'it''s')": ("code", Domain(choices=("a", "it's"))),
    "flag IN ('abc', 'abd')": ("flag", Domain(choices=("abc", "abd"))),
    "feeling IN ('ok', 'sad')": ("feeling", Domain(choices=("ok", "sad"))),
    "n = ANY (ARRAY[1, -3])": ("n", Domain(choices=("1", "-3"))),
    "status = 'a' OR status = 'b'": ("status", Domain(choices=("a", "b"))),
    "status NOT IN ('a', 'b')": ("status", Domain(excluded=frozenset({"a", "b"}))),
    "NOT (code IN ('a', 'b'))": ("code", Domain(excluded=frozenset({"a", "b"}))),
    "amount >= -1.5 AND amount < 10": ("amount", Domain(low=at("-1.5"), high=beyond(10))),
    "0 < n": ("n", Domain(low=beyond(0))),
    "ratio BETWEEN 0 AND 1": ("ratio", Domain(low=at(0), high=at(1))),
    "n = 0 OR n > 5": ("n", Domain(intervals=((at(0), at(0)), (beyond(5), None)))),
    '"Odd Name" > 0': ("Odd Name", Domain(low=beyond(0))),
    "born >= '2000-01-01'": ("born", Domain(low=at(date(2000, 1, 1)))),
    "born < timestamp '2030-01-01 12:00'": ("born", Domain(high=at(date(2030, 1, 1)))),
    "made > '2000-01-01 10:30'": ("made", Domain(low=beyond(datetime.fromisoformat("2000-01-01 10:30")))),
    "done >= '2000-01-01 00:00+02'": ("done", Domain(low=at(datetime.fromisoformat("1999-12-31 22:00")))),
    "n IS NULL OR n >= 3": ("n", Domain(low=at(3))),
    "char_length(code) BETWEEN 2 AND 5": ("code", Domain(length_min=2, length_max=5)),
    "octet_length(digest) = 16": ("digest", Domain(length_min=16, length_max=16)),
    "status <> ''": ("status", Domain(length_min=1)),
    "trim(status) <> ''": ("status", Domain(length_min=1, trimmed=True)),
    "length(btrim(code)) > 0": ("code", Domain(length_min=1, trimmed=True)),
    "status ~ '^[A-Z]{3}$' AND status !~ '\\s'": ("status", Domain(patterns=("^[A-Z]{3}$",), absent_patterns=(r"\s",))),
    "code ~* '^ab\\d'": ("code", Domain(patterns=(r"(?i)^ab\d",))),
    "code LIKE 'a.b%' AND code NOT ILIKE '%x_'": (
        "code",
        Domain(patterns=(r"^a\.b.*$",), absent_patterns=("(?i)^.*x.$",)),
    ),
    "status = lower(status)": ("status", Domain(lower_case=True)),
    "upper(trim(code)) = code": ("code", Domain(upper_case=True, trimmed=True)),
    "tags <@ ARRAY['a', 'b']": ("tags", Domain(item_choices=("a", "b"))),
    "cardinality(tags) BETWEEN 1 AND 3": ("tags", Domain(items_min=1, items_max=3)),
    "array_length(tags, 1) <= 4": ("tags", Domain(items_max=4)),
    "jsonb_typeof(body) = 'object'": ("body", Domain(json_type="object")),
    "NOT open": ("open", Domain(choices=("false",))),
    "open IS TRUE": ("open", Domain(choices=("true",), not_null=True)),
    "COALESCE(n, 0) > 3": ("n", Domain(low=beyond(3), not_null=True)),
    "status IS NOT NULL": ("status", NOT_NULL),
}
TOGETHER: Mapping[str, Solution] = {
    "born <= died": Solution(orderings=(Ordering("born", "died"),)),
    "born IS NULL OR died IS NULL OR died > born": Solution(orderings=(Ordering("born", "died", strict=True),)),
    "n < amount AND amount < ratio": Solution(
        orderings=(Ordering("n", "amount", strict=True), Ordering("amount", "ratio", strict=True))
    ),
    "num_nonnulls(n, born, code) = 1": Solution(null_counts=(NullCount(("n", "born", "code"), 1, 1),)),
    "num_nulls(n, born, code) <= 1": Solution(null_counts=(NullCount(("n", "born", "code"), 2, 3),)),
    "(n IS NOT NULL)::int + (code IS NOT NULL)::int = 1": Solution(null_counts=(NullCount(("n", "code"), 1, 1),)),
    "(n IS NULL) <> (code IS NULL)": Solution(null_counts=(NullCount(("n", "code"), 1, 1),)),
    "n IS NOT NULL OR code IS NOT NULL": Solution(null_counts=(NullCount(("n", "code"), 1, 2),)),
    "(born IS NULL) = (died IS NULL)": Solution(nulls_together=(NullTogether("born", "died"),)),
    "(born IS NULL AND died IS NULL) OR (born IS NOT NULL AND died IS NOT NULL)": Solution(
        nulls_together=(NullTogether("born", "died"),)
    ),
    "status <> 'done' OR done IS NOT NULL": Solution(implications=(implied("done", NOT_NULL),)),
    "NOT (status IN ('a', 'b') AND done IS NULL)": Solution(implications=(implied("a b", NOT_NULL),)),
    "(status = 'done') = (done IS NOT NULL)": Solution(
        implications=(implied("done", NOT_NULL), implied("done", NULL, negated=True))
    ),
    "CASE WHEN status = 'a' THEN done IS NOT NULL WHEN status = 'b' THEN n > 3 ELSE true END": Solution(
        implications=(implied("a", NOT_NULL), implied("b", Domain(low=beyond(3)), then="n"))
    ),
    "(status = 'a' AND done IS NOT NULL) OR (status = 'b' AND done IS NULL)": Solution(
        domains={"status": Domain(choices=("a", "b"), not_null=True)},
        implications=(implied("a", NOT_NULL), implied("b", NULL)),
    ),
    "open = (done IS NOT NULL)": Solution(
        implications=(
            Implication("open", frozenset({"true"}), "done", NOT_NULL),
            Implication("open", frozenset({"false"}), "done", NULL),
        )
    ),
}
BEYOND = (
    "n % 2 = 0",
    "n + amount > 3",
    "status >= 'a'",
    "feeling > 'sad'",
    "done <= now()",
    "lower(status) <> 'admin'",
    "isfinite(born)",
    "died >= born + 3",
    "code LIKE 'a!%' ESCAPE '!'",
    "body ? 'a'",
    "status <> 'a' OR born < died",
    "CASE WHEN open THEN n > 0 ELSE false END",
    "array_length(tags, 1) IS NOT NULL",
    "born < 'infinity'",
)


async def printed(dsn: str, conditions: list[str]) -> list[Check]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(TABLE)
        for number, condition in enumerate(conditions):
            await connection.execute(f"ALTER TABLE job ADD CONSTRAINT c{number:03} CHECK ({condition})")
        rows = await connection.fetch(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
            " AND conrelid = 'job'::regclass ORDER BY conname"
        )
    finally:
        await connection.close()
    return [Check(name, text.removeprefix("CHECK "), ()) for name, text in rows]


def test_every_form_of_check_is_solved_as_postgres_prints_it(each_database: str) -> None:
    conditions = [*BY_COLUMN, *TOGETHER, *BEYOND]
    solved = [solve(TYPES, [check]) for check in asyncio.run(printed(each_database, conditions))]
    found = dict(zip(conditions, solved, strict=True))
    assert {text: found[text] for text in BY_COLUMN} == {
        text: Solution(domains={column: domain}) for text, (column, domain) in BY_COLUMN.items()
    }
    assert {text: found[text] for text in TOGETHER} == dict(TOGETHER)
    assert [text for text in BEYOND if not found[text].unsolved] == []


async def accepted(dsn: str, condition: str, choices: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"CREATE DOMAIN kind AS varchar(9) CHECK ({condition})")
        for choice in choices:
            assert await connection.fetchval("SELECT CAST($1::text AS kind)", choice) == choice
    finally:
        await connection.close()


def test_choices_of_a_domain_are_accepted_by_the_server(database: str) -> None:
    kind = DataType("kind", "varchar", domain="kind", checks=("(VALUE)::text = ANY (ARRAY['a'::text, 'B'::text])",))
    choices = domain_of(kind).choices
    assert choices == ("a", "B")
    asyncio.run(accepted(database, "VALUE IN ('a', 'B')", choices))


@pytest.mark.parametrize("text", ["(ip <<= '10.0.0.0/8'::inet)", "(((", "", "n OPERATOR(public.=) 3", "(a b c)"])
def test_what_cannot_be_read_is_unsolved(text: str) -> None:
    check = Check("odd", text, ("n",))
    assert solve(TYPES, [check]) == Solution(unsolved=(check,))
