"""Which statements become journeys, what is mended in them, and the file that comes of it."""

import pytest

from plimsoll.core.statement import Unseen, Workload, WorkloadStatement
from plimsoll.load.importers.capture.building import Draft, captured, limit_of, readable
from plimsoll.load.importers.capture.choosing import LeftOut, noise, noise_of, top
from plimsoll.load.importers.capture.finding import uses_of
from plimsoll.load.importers.capture.fresh import Fresh
from plimsoll.load.importers.capture.mending import grouped, mended
from plimsoll.load.importers.capture.notes import notes
from plimsoll.load.importers.capture.parsing import parsed
from plimsoll.load.importers.capture.rendering import render


def statement(query: str, calls: int = 10, total_ms: float = 5.0, rows: int = 10) -> WorkloadStatement:
    return WorkloadStatement(query, calls, total_ms, rows, ("app",))


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("BEGIN", "BEGIN (no query)"),
        ("COPY t FROM STDIN", "COPY (no query)"),
        ("SELECT /* plimsoll */ * FROM t", "of Plimsoll itself"),
        ("SELECT * FROM t /* plimsoll watch */", "of Plimsoll itself"),
        ("SELECT $1", "that ask no table"),
        ("SELECT set_config($1, $2, $3)", "that ask no table"),
        ("SELECT * FROM pg_stat_activity a JOIN pg_catalog.pg_class ON $1", "of the system catalog"),
        ("SELECT pg_stat_statements_reset()", "that ask no table"),
        ("SELECT own($1)", None),
        ("SELECT public.hypopg_reset()", "that ask no table"),
        ("SELECT indexname FROM public.hypopg_create_index($1)", "that ask no table"),
        ('SELECT last_value, is_called FROM "Shop"."Customer_id_seq"', "of sequences"),
        ("SELECT last_value, id FROM meters", None),
        ("SELECT o, pg_relation_size(o) FROM unnest($1::oid[]) AS o", "of the system catalog"),
        ("SELECT extract(epoch FROM o) FROM unnest($1::oid[]) AS o JOIN pg_class c ON true", "of the system catalog"),
        ("SELECT o FROM unnest($1::oid[]) AS o JOIN orders ON true", None),
        ("SELECT * FROM pg_class, orders", None),
        ("WITH x AS (SELECT 1) SELECT * FROM x JOIN t ON true", None),
    ],
)
def test_what_nobody_would_replay_is_told_apart(query: str, what: str | None) -> None:
    own = {"own", "pg_stat_statements_reset", "hypopg_reset", "hypopg_create_index"}
    assert noise_of(query, parsed(query), own) == what


def test_the_top_is_by_time_and_by_calls() -> None:
    slow, often, neither = statement("slow", 1, 90.0), statement("often", 99, 1.0), statement("neither", 5, 5.0)
    assert top([neither, often, slow], 1) == [slow, often]
    assert [(one.what, one.calls) for one in noise([(slow, "a"), (often, "b"), (neither, "a")])] == [
        ("a", 6),
        ("b", 99),
    ]


def test_a_constant_that_grouping_kept_is_put_back() -> None:
    query = "SELECT date_trunc($1, at), count(*) FROM t WHERE n = $2 GROUP BY date_trunc('day', at)"
    assert grouped(query) == query.replace("$1", "'day'")
    several = "SELECT CASE WHEN n > $1 THEN $2 END FROM t GROUP BY CASE WHEN n > 5 THEN 'Big' END"
    assert grouped(several) == several.replace("$1", "5").replace("$2", "'Big'")
    assert grouped("SELECT a + $1 FROM t GROUP BY b") is None


def test_what_the_server_says_is_mended_once() -> None:
    assert (
        mended("SELECT $1 IS NULL", "42P18", 0, "could not determine data type of parameter $1")
        == "SELECT $1::text IS NULL"
    )
    assert mended("SELECT $1::text IS NULL", "42P18", 0, "could not determine data type of parameter $1") is None
    insert = "INSERT INTO t SELECT id, $1 FROM u"
    told = 'column "n" is of type integer but expression is of type text'
    assert mended(insert, "42804", insert.index("$1") + 1, told) == "INSERT INTO t SELECT id, $1::integer FROM u"
    assert mended("SELECT x", "42703", 8, "column x does not exist") is None


@pytest.mark.parametrize(("rows_per_call", "limit"), [(20.0, 20), (17.2, 20), (0.4, 1), (51.0, 51), (101.5, 200)])
def test_a_limit_is_told_by_the_rows_that_came(rows_per_call: float, limit: int) -> None:
    assert limit_of(rows_per_call) == limit


def made(query: str, types: dict[int, str], rows: list[dict[int, str | None]], fresh: Fresh | None = None) -> str:
    whole = parsed(query)
    assert whole is not None
    draft = Draft(statement(query), query, whole, types, uses=uses_of(whole, types))
    one = captured(draft, rows, fresh or Fresh({}), None)
    return render([one], about="About.", notes=["A note."], feeds_in="shop").scenario


def test_a_journey_is_as_somebody_would_write_it() -> None:
    scenario = made(
        "SELECT * FROM orders WHERE customer = $1 AND day = $2 LIMIT $3",
        {1: "bigint", 2: "date", 3: "bigint"},
        [{1: "7", 2: "2026-01-02"}, {1: "8", 2: None}],
    )
    assert scenario.endswith('''
@journey(weight=10)
async def read_orders_by_customer_and_day(user):
    """10 calls, 5.0 ms; 0.500 ms and 1 rows each; by app."""
    row = user.draw(read_orders_by_customer_and_day_values)
    await user.sql(
        "read orders by customer and day",
        "SELECT * FROM orders WHERE customer = $1 AND day = $2 LIMIT $3",
        row["customer"],
        row["day"],
        1,
    )
''')
    assert 'types={"customer": int, "day": nullable(datetime.date.fromisoformat)}' in scenario
    assert "import datetime\n" in scenario


def test_one_value_needs_no_row_and_the_same_value_no_feed() -> None:
    single = made("SELECT * FROM t WHERE a = $1", {1: "text"}, [{1: "x"}, {1: "y"}])
    assert 'await user.sql("read t by a", "SELECT * FROM t WHERE a = $1", read_t_by_a_values)' in single
    assert '"SELECT * FROM t WHERE a = $1", "x")' in made("SELECT * FROM t WHERE a = $1", {1: "text"}, [{1: "x"}])


def test_values_that_python_cannot_hold_stay_out_of_the_feed() -> None:
    draft = Draft(statement("SELECT"), "SELECT", None, {1: "date", 2: "mood"}, frozenset({"mood"}))
    rows: list[dict[int, str | None]] = [
        {1: "infinity", 2: "a"},
        {1: "0044-03-15 BC", 2: "a"},
        {1: "2026-01-02", 2: None},
    ]
    assert readable(draft, rows) == [{1: "2026-01-02", 2: None}]


def test_new_keys_and_types_without_python_are_written_out() -> None:
    query = "INSERT INTO t (id, mail, span) VALUES ($1, $2, $3)"
    rows: list[dict[int, str | None]] = [{1: "a", 2: "m", 3: "[1,2)"}, {1: "b", 2: "n", 3: "[3,4)"}]
    scenario = made(query, {1: "uuid", 2: "text", 3: "int4range"}, rows, Fresh({"id": "uuid", "mail": "text"}))
    assert "str(uuid.uuid4())" in scenario
    assert '(secrets.token_hex(4) + (row["mail"] or ""))' in scenario
    assert "$3::text::int4range" in scenario
    assert "writes=True" in scenario


def test_the_notes_tell_what_is_missing() -> None:
    kept = statement("SELECT 1", 90, 90.0)
    lost = LeftOut(statement("SELECT own('bob')", 10, 10.0), "$1: not known")
    workload = Workload([kept, lost.statement], 10.0, hidden=Unseen(5, 1.0), evicted=3)
    said = "\n".join(notes([], [lost], [], workload, ["orders"], redacted=True))
    for word in (
        "own('…'): $1: not known (10 calls, 10.0 ms)",
        "pg_read_all_stats",
        "forgot rare",
        "security",
        "made up",
    ):
        assert word in said
    assert "bob" not in said
