"""What parameters are used for, and the queries that read values for them."""

from dataclasses import replace

import pytest

from plimsoll.core.sql.tokens import parameters
from plimsoll.load.importers.capture.extremes import extremes_query
from plimsoll.load.importers.capture.finding import uses_of
from plimsoll.load.importers.capture.parsing import Relation, parsed
from plimsoll.load.importers.capture.sampling import samples_of


def used(condition: str, **types: str) -> list[tuple[str, str]]:
    """Kind and sample of each parameter; types by number, as p1="jsonb"; text otherwise."""
    query = condition if condition.split()[0].isupper() else f"SELECT * FROM t WHERE {condition}"
    whole = parsed(query)
    assert whole is not None
    said = {number: types.get(f"p{number}", "text") for number in parameters(query)}
    return [(use.kind, use.sample) for use in uses_of(whole, said, frozenset({"own"}))]


def sampled(
    query: str, sizes: dict[Relation, int] | None = None, *, joined: bool = True, unset: list[str] | None = None
) -> list[str]:
    whole = parsed(query)
    assert whole is not None
    types = dict.fromkeys(parameters(query), "text")
    found = samples_of(whole, uses_of(whole, types), types, sizes or {}, joined=joined, unset=unset or ())
    return [one.query.partition(" FROM (SELECT ")[2].partition(" LIMIT 20000")[0] for one in found]


@pytest.mark.parametrize(
    ("condition", "uses"),
    [
        ("a = $1", [("equal", "a")]),
        ("$1 < a", [("low", "a")]),
        ("a BETWEEN $1 AND $2", [("low", "a"), ("high", "a")]),
        ("a <> $1 AND NOT b = $2", [("other", "a"), ("other", "b")]),
        ("a IN ($1, $2)", [("equal", "a"), ("equal", "a")]),
        ("a = ANY ($1::int[]) AND b <> ALL ($2)", [("list", "a"), ("others", "b")]),
        ("a = ANY (ARRAY[$1, $2])", [("equal", "a"), ("equal", "a")]),
        ("(a, b) > ($1, $2)", [("low", "a"), ("low", "b")]),
        ("(a, b) IN (($1, $2))", [("equal", "a"), ("equal", "b")]),
        ("lower(a) = lower($1)", [("equal", "(LOWER(a))")]),
        ("a LIKE $1 AND b ILIKE $2 AND c ~ $3", [("prefix", "a"), ("anywhere", "b"), ("regex", "c")]),
        ("d > now() - $1::interval", [("high", "(CURRENT_TIMESTAMP - d)")]),
        ("a BETWEEN $1 AND $2 + $3", [("low", "a"), ("high", "(a - 'plimsoll_3')"), ("high", "(a - 'plimsoll_2')")]),
        ("d + $1::interval < now()", [("unknown", "")]),
        ("coalesce(a, $1) = $2", [("equal", "a"), ("equal", "(COALESCE(a, 'plimsoll_1'))")]),
        ("j ->> $1 = $2", [("equal", "plimsoll_key_1.k"), ("equal", "(j ->> 'plimsoll_1')")]),
        ("$1 = $2", [("guess", ""), ("guess", "")]),
        ("a % $1", [("equal", "a")]),
        ("a * $1 > b", [("guess", "")]),
        ("span @> $1::int", [("equal", "coalesce(lower(span), upper(span))")]),
        ("to_char(a, $1) = $2", [("guess", ""), ("equal", "(TO_CHAR(a, 'plimsoll_1'))")]),
        ("date_trunc($1, a, $2) < now()", [("guess", ""), ("guess", "")]),
        ("own($1) > 3", [("unknown", "")]),
        ("a IS NULL AND EXISTS (SELECT $1 FROM u WHERE u.t = t.id AND u.k = $2)", [("guess", ""), ("equal", "u.k")]),
        ("SELECT a FROM t LIMIT $1 OFFSET $2", [("limit", ""), ("offset", "")]),
        ("SELECT count(*) FROM t HAVING count(*) > $1", [("guess", "")]),
        ("INSERT INTO t (a, b) VALUES ($1, now()), ($2, $3)", [("stored", "a"), ("stored", "a"), ("stored", "b")]),
        ("INSERT INTO t (a, b) SELECT u.x, $1 FROM u WHERE u.y = $2", [("stored", "b"), ("equal", "u.y")]),
        ("UPDATE t SET a = $1, n = n + $2 WHERE id = $3", [("stored", "a"), ("guess", ""), ("equal", "id")]),
        ("DELETE FROM t USING u WHERE u.a = $1", [("equal", "u.a")]),
        ("INSERT INTO t (a, b) SELECT * FROM unnest($1::int[], $2::text[])", [("rows", '"a"'), ("rows", '"b"')]),
        ("INSERT INTO t (a, b) SELECT v.y, v.x FROM unnest($1, $2) AS v (x, y)", [("rows", '"b"'), ("rows", '"a"')]),
        ("SELECT * FROM t JOIN unnest($1::int[]) AS x ON t.id = x", [("rows", "t.id")]),
        (
            "UPDATE t SET a = v.a FROM (VALUES ($1::int, $2), ($3, $4)) AS v (id, a) WHERE t.id = v.id",
            [("equal", "t.id"), ("stored", "a"), ("equal", "t.id"), ("stored", "a")],
        ),
    ],
)
def test_what_a_parameter_is_compared_with_tells_where_its_values_are(
    condition: str, uses: list[tuple[str, str]]
) -> None:
    assert used(condition) == uses


def test_how_long_a_window_is_no_row_tells() -> None:
    kinds = used("at >= $1 AND at < $2 + $3::interval", p1="date", p2="date", p3="interval")
    assert kinds == [("low", "at"), ("high", "(at - CAST('plimsoll_3' AS INTERVAL))"), ("span", "")]


def test_what_bounds_from_both_sides_is_a_place() -> None:
    kinds = used("at BETWEEN $1 AND $1 + $2::interval", p1="date", p2="interval")
    assert kinds == [("equal", "at"), ("span", "")]


def test_documents_and_arrays_are_asked_for_what_they_contain() -> None:
    ((_, document), (_, array)) = used("j @> $1 AND tags @> $2", p1="jsonb", p2="text[]")
    assert "jsonb_each" in document
    assert array.startswith("ARRAY[((tags))[1 + floor(random()")
    ((_, word),) = used("ts @@ plainto_tsquery($1)")
    assert "tsvector_to_array(ts)" in word


def test_a_piece_of_a_pattern_is_a_word_or_how_a_value_begins_and_what_stands_around_it_is_anything() -> None:
    begins = "left(a::text, greatest(3, length(a::text) - 1 - floor(random() * length(a::text) / 3)::int))"
    word = "(regexp_match(a::text, '\\w{2,}'))[1]"
    assert used("a LIKE $1 || '%'") == [("equal", begins)]
    assert used("a LIKE '%' || $1 || '%'") == [("equal", word)]
    assert used("a LIKE $1 || $2") == [("equal", begins), ("equal", "'%'")]
    assert used("b = $1 AND a ILIKE $3 || $2 || $4") == [
        ("equal", "b"), ("equal", word), ("equal", "'%'"), ("equal", "'%'"),
    ]  # fmt: skip


def test_ranges_and_networks_are_asked_for_what_is_in_them_or_around_them() -> None:
    begins = [("equal", "coalesce(lower(during), upper(during))")]
    assert used("during @> $1::timestamptz", p1="timestamp with time zone") == begins
    assert used("$1::timestamptz <@ during", p1="timestamp with time zone") == begins
    assert used("during <@ $1 AND during -|- $2", p1="daterange", p2="daterange") == [("equal", "during")] * 2
    for around in ("ip << $1::inet", "ip <<= $1::inet", "$1::inet >> ip", "$1::inet >>= ip"):
        ((kind, network),) = used(around, p1="inet")
        assert (kind, network[:27]) == ("equal", "network(set_masklen((ip)::i")
    for inside in ("net >> $1", "net >>= $1", "$1 <<= net"):
        assert used(inside, p1="inet") == [("equal", "host(net)::inet")]
    ends = [("equal", "lower(during)"), ("equal", "upper(during)")]
    assert used("during && tstzrange($1, $2)", p1="timestamp with time zone", p2="timestamp with time zone") == ends
    ((_, ahead),) = used("during @> now() + $1::interval", p1="interval")
    assert ahead == "(coalesce(lower(during), upper(during)) - CURRENT_TIMESTAMP)"
    assert used("a << $1", p1="integer")[0][0] == "unknown"


def test_what_a_parameter_contains_and_what_it_is_contained_in_are_no_row_s_other_type() -> None:
    ((_, element), (_, whole)) = used("$1 <@ tags AND tags <@ $2", p1="text[]", p2="text[]")
    assert (element[:6], whole) == ("ARRAY[", "tags")
    ((_, any_key), (_, all_keys)) = used("j ?| $1 AND j ?& $2", p1="text[]", p2="text[]")
    assert any_key == all_keys
    assert any_key.startswith("ARRAY[(SELECT k FROM jsonb_object_keys")


def test_words_for_a_query_in_from_are_those_of_the_document_it_is_matched_with() -> None:
    query = "SELECT * FROM docs d, to_tsquery($1) AS q WHERE d.words @@ q AND d.live"
    (found,) = sampled(query)
    assert "tsvector_to_array(d.words)" in found
    assert found.endswith("FROM docs AS d WHERE (d.live)")


def test_values_that_are_used_together_come_from_the_rows_that_are_joined() -> None:
    query = "SELECT * FROM a JOIN b ON b.a = a.id AND b.x = $1 WHERE a.y = $2 AND a.z IS NULL AND b.w > $3 LIMIT $4"
    (found,) = sampled(query)
    assert found == (
        "(b.x)::text::text AS c1, (a.y)::text::text AS c2, (b.w)::text::text AS c3 "
        "FROM a JOIN b ON b.a = a.id WHERE (a.z IS NULL)"
    )


def test_lists_of_parameters_are_not_there_to_be_read() -> None:
    (found,) = sampled("UPDATE t SET a = v.a FROM unnest($1, $2) AS v (id, a) WHERE t.id = v.id AND t.x > 3")
    assert found == "(t.id)::text::text AS c1, (a)::text::text AS c2 FROM t WHERE (t.x > 3)"


def test_a_query_within_has_rows_of_its_own() -> None:
    query = "SELECT * FROM a WHERE a.x = $1 AND EXISTS (SELECT FROM b WHERE b.a = a.id AND b.y = $2 AND a.z = $3)"
    outer, inner = sampled(query)
    assert outer == "(a.x)::text::text AS c1, (a.z)::text::text AS c2 FROM a"
    assert inner == "(b.y)::text::text AS c1 FROM b"


def test_of_a_large_table_some_pages_are_picked() -> None:
    sizes = {Relation("", "big"): 2_000_000, Relation("", "small"): 50}
    (found,) = sampled("SELECT * FROM small s JOIN big AS b ON b.s = s.id WHERE b.x = $1", sizes)
    assert "JOIN big AS b TABLESAMPLE SYSTEM (1.000000) ON" in found


def test_tables_can_be_read_one_by_one() -> None:
    query = "SELECT * FROM a JOIN b ON b.a = a.id WHERE a.y = $1 AND b.x = $2"
    assert sampled(query, joined=False) == ["(a.y)::text::text AS c1 FROM a", "(b.x)::text::text AS c1 FROM b"]


def test_rows_to_insert_are_like_those_that_have_just_been_inserted() -> None:
    (found,) = sampled("INSERT INTO t (a) VALUES ($1)", unset=["done at"])
    assert found == '(a)::text::text AS c1 FROM t WHERE "done at" IS NULL'


def test_system_tables_are_known_by_their_names() -> None:
    whole = parsed('SELECT * FROM pg_class c JOIN information_schema.tables ON true JOIN "Pg_mine" ON true')
    assert whole is not None
    assert [(relation.name, relation.is_system) for relation in whole.relations] == [
        ("pg_class", True),
        ("tables", True),
        ("Pg_mine", False),
    ]


def test_what_locks_rows_writes() -> None:
    for query, effect in (
        ("SELECT * FROM t FOR UPDATE", "writes"),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "writes"),
        ("SELECT * FROM t", "reads"),
    ):
        whole = parsed(query)
        assert whole is not None
        assert whole.effect == effect


def test_the_ends_of_a_range_are_those_of_its_column() -> None:
    whole = parsed('SELECT * FROM "Log" l WHERE l."At" > now() - $1::interval AND l.n > $2')
    assert whole is not None
    span, number = uses_of(whole, {1: "interval", 2: "integer"})
    assert extremes_query(span, "interval") == (
        'SELECT /* plimsoll */ ((CURRENT_TIMESTAMP - l."At"))::interval::text FROM (SELECT min("At") AS "At" '
        'FROM "Log" AS l UNION ALL SELECT max("At") FROM "Log" AS l) AS "l"'
    )
    assert "max(n)" in (extremes_query(number, "integer") or "")
    assert extremes_query(replace(number, kind="equal"), "integer") is None


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ("date_trunc($2, a) = $1", "DATE_TRUNC('day'::text, a)"),
        ("date_trunc($2, a, $3) = $1", "DATE_TRUNC('day'::text, a, 'UTC'::text)"),
        ("date_part($2, a) = $1", "EXTRACT(day FROM a)"),
        ("to_char(a, $2) = $1", "TO_CHAR(a, 'YYYY-MM-DD'::text)"),
        ("a AT TIME ZONE $2 = $1", "a AT TIME ZONE 'UTC'::text"),
    ],
)
def test_a_function_that_takes_words_of_its_own_is_read_with_one_of_them(condition: str, read: str) -> None:
    assert sampled(f"SELECT * FROM t WHERE {condition}") == [f"(({read}))::text::text AS c1 FROM t"]
