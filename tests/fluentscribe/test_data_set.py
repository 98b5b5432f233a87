"""The small data set as `plimsoll seed` fills it: its counts, shapes and what must agree, asked of the rows by SQL."""

import asyncio
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from fluentscribe.database.migrating import migrate
from fluentscribe.journeys import reading
from plimsoll.data.words import words
from plimsoll.embedded import PostgresServer
from tests.data.filling_any import Database
from tests.system.harness import OK, Project

NAME = "small_data_set"
SMALL = Path(str(resources.files("fluentscribe") / "seeds" / "small.toml"))
FILES = "SELECT session_id, count(*) AS n FROM qa_segments GROUP BY session_id"
SEGMENTS = "SELECT count(e.id) AS n FROM qa_segments g LEFT JOIN qa_errors e ON e.segment_id = g.id GROUP BY g.id"
LATEST = "SELECT DISTINCT ON (session_id) * FROM assessment_results ORDER BY session_id, created_at DESC, id DESC"
SOME = {"uuid": UUID(int=1), "text": "en", "int8": 20}  # parameters by type
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, a.attname::text, confrelid::regclass::text, f.attname::text
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
JOIN pg_attribute f ON f.attrelid = confrelid AND f.attnum = confkey[1]
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND cardinality(conkey) = 1
"""


@pytest.fixture(scope="module")
def small(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Filled once, by the command: the tests only look."""
    dsn = postgres_server.create_database(NAME)
    asyncio.run(migrate(dsn))
    filled = Project(tmp_path_factory.mktemp("seed"), postgres_server, NAME).here(
        "seed", SMALL, "--dsn", "env:TEST_DSN", "--json"
    )
    assert filled.code == OK, filled.stderr
    yield Database(dsn).sql("ANALYZE")
    postgres_server.drop_database(NAME)


def none(database: Database, condition: str) -> None:
    """That no row is FROM ... WHERE so."""
    assert database.one(f"SELECT count(*) FROM {condition}") == 0


def shares(database: Database, table: str, column: str) -> dict[str, float]:
    """Of the values of a column, in percent."""
    share = "100.0 * count(*)::float8 / sum(count(*)) OVER ()"
    return dict(database.rows(f"SELECT {column}::text, {share} FROM {table} GROUP BY 1"))


def test_there_are_as_many_as_said(small: Database) -> None:
    counted = ", ".join(
        f"(SELECT count(*) FROM {table})" for table in ("organizations", "profiles", "projects", "qa_sessions")
    )
    assert small.rows(f"SELECT {counted}") == [(10, 100, 50, 1000)]


def test_no_constraint_is_broken(small: Database) -> None:
    assert small.violations() == {}


def test_files_are_lognormal_with_one_very_large_one(small: Database) -> None:
    shape = f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n), stddev(ln(n))::float8 FROM ({FILES}) x"
    ((median, sigma),) = small.rows(f"{shape} WHERE n < 10000")
    assert 36 <= median <= 44
    assert 1.5 <= sigma <= 1.7
    assert small.rows(f"SELECT n BETWEEN 10000 AND 20000 FROM ({FILES}) x WHERE n >= 10000") == [(True,)]


def test_segments_are_labels_messages_and_prose(small: Database) -> None:
    ((mean, short, median, longest),) = small.rows("""
        SELECT avg(n)::float8, avg((n <= 4)::int)::float8, percentile_cont(0.5) WITHIN GROUP (ORDER BY n), max(n)
        FROM (SELECT cardinality(string_to_array(source, ' ')) AS n FROM qa_segments) x
    """)
    assert 16.0 <= mean <= 17.4
    assert 0.10 <= short <= 0.17
    assert 11 <= median <= 16
    assert longest <= 120


def test_translations_are_about_as_long_as_their_sources(small: Database) -> None:
    ratio = "cardinality(string_to_array(target, ' '))::float8 / cardinality(string_to_array(source, ' '))"
    ((low, median, high),) = small.rows(
        f"SELECT min(r), percentile_cont(0.5) WITHIN GROUP (ORDER BY r), max(r) FROM (SELECT {ratio} AS r FROM"
        " qa_segments WHERE cardinality(string_to_array(source, ' ')) >= 10) x"
    )
    assert 0.85 <= low <= median <= high <= 1.3
    assert 1.02 <= median <= 1.13


@pytest.mark.parametrize(("column", "language"), [("source", "source_language"), ("target", "target_language")])
def test_texts_are_in_their_languages(small: Database, column: str, language: str) -> None:
    rows = small.rows(f"""
        SELECT {language}, array_agg(DISTINCT lower(word)) FROM qa_sessions s JOIN qa_segments g ON g.session_id = s.id,
            regexp_split_to_table(g.{column}, '[ ,.?!]+') AS word
        WHERE g.id % 50 = 0 AND word <> '' GROUP BY 1
    """)
    assert {found for found, _ in rows} == ({"en"} if column == "source" else {"de", "fr", "es", "it", "pt", "nl"})
    unknown = {found: set(said) - {word.lower() for word in words()[found]} for found, said in rows}
    assert not any(unknown.values())


def test_errors_are_as_many_as_reviewers_find(small: Database) -> None:
    rate = "1000.0 * (SELECT count(*) FROM qa_errors) / (SELECT sum(words) FROM qa_sessions)"
    ((per_thousand_words,),) = small.rows(f"SELECT ({rate})::float8")
    assert 33 <= per_thousand_words <= 43


def test_most_segments_are_clean_and_errors_cluster_in_the_others(small: Database) -> None:
    """Negative binomial: r = mean**2 / (variance - mean)."""
    ((clean, mean, variance),) = small.rows(
        f"SELECT avg((n = 0)::int)::float8, avg(n)::float8, var_samp(n)::float8 FROM ({SEGMENTS}) x"
    )
    assert 0.55 <= clean <= 0.59
    assert 2.2 <= mean**2 / (variance - mean) <= 3.9


def test_errors_have_dimensions_and_severities_in_their_shares(small: Database) -> None:
    dimensions = shares(small, "qa_errors", "dimension")
    expected = {"style": 37, "accuracy": 30, "linguistic": 20, "terminology": 12}
    assert {name: abs(dimensions[name] - share) < 1.5 for name, share in expected.items()} == dict.fromkeys(
        expected, True
    )
    assert 46 <= shares(small, "qa_errors", "severity")["major"] <= 60


def test_an_error_lies_within_the_text(small: Database) -> None:
    none(small, "qa_errors e JOIN qa_segments g ON g.id = e.segment_id WHERE span_end > length(target)")
    assert small.one("SELECT avg((span_end > span_start)::int)::float8 FROM qa_errors") > 0.95


def test_few_tenants_and_few_projects_have_most_of_the_work(small: Database) -> None:
    counts = "SELECT count(s.id) AS n FROM {0} o LEFT JOIN qa_sessions s ON s.{1} = o.id GROUP BY o.id"
    measured = "SELECT max(n), percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM ({}) x"
    ((largest, median),) = small.rows(measured.format(counts.format("organizations", "organization_id")))
    assert 200 <= largest <= 500
    assert largest > 5 * median
    ((largest, median),) = small.rows(measured.format(counts.format("projects", "project_id")))
    assert 4 <= median <= 8
    assert 100 <= largest <= 400


def test_what_is_done_and_logged_follows_the_work(small: Database) -> None:
    of_each = "SELECT organization_id, count(*) AS n FROM {} GROUP BY 1"
    for table in ("user_activity", "audit_logs"):
        pairs = f"({of_each.format('qa_sessions')}) s JOIN ({of_each.format(table)}) a USING (organization_id)"
        assert small.one(f"SELECT corr(s.n, a.n) FROM {pairs}") > 0.98


def test_children_come_after_their_parents_wherever_there_is_a_foreign_key(small: Database) -> None:
    keys = small.rows(FOREIGN_KEYS)
    assert len(keys) >= 30
    early = {
        (child, column): count
        for child, column, parent, referenced in keys
        if (
            count := small.one(
                f"SELECT count(*) FROM {child} c JOIN {parent} p ON p.{referenced} = c.{column}"
                " WHERE c.created_at < p.created_at"
            )
        )
    }
    assert early == {}


def test_nothing_happens_after_the_end_or_before_the_platform(small: Database) -> None:
    columns = small.rows("""
        SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name <> 'schema_migrations'
            AND column_name <> 'deadline' AND NOT starts_with(table_name, 'pg_')
    """)
    period = "timestamptz '2026-06-30 18:00Z' - interval '730 days' AND timestamptz '2026-06-30 18:00Z'"
    outside = {
        (table, column): count
        for table, column in columns
        if (count := small.one(f"SELECT count(*) FROM {table} WHERE {column} NOT BETWEEN {period}"))
    }
    assert outside == {}


def test_a_session_is_where_its_file_is(small: Database) -> None:
    states = small.rows("""
        SELECT DISTINCT u.status,
            CASE WHEN s.status IN ('failed', 'queued', 'analyzing') THEN s.status ELSE 'analysed' END
        FROM qa_sessions s JOIN file_uploads u ON u.id = s.upload_id ORDER BY 1
    """)
    assert set(states) <= {
        ("done", "analysed"), ("failed", "failed"), ("pending", "queued"), ("processing", "analyzing"),
    }  # fmt: skip
    none(small, "file_uploads WHERE status IN ('pending', 'processing') AND created_at < '2026-06-29 17:00Z'")
    none(small, "qa_sessions WHERE (status IN ('approved', 'rejected')) <> (decided_at IS NOT NULL)")
    none(small, "qa_sessions WHERE (status IN ('in_review', 'approved', 'rejected')) <> (analyzed_at IS NOT NULL)")
    none(small, "file_uploads WHERE (status IN ('done', 'failed')) <> (processed_at IS NOT NULL)")


def test_files_have_no_markup_and_only_refused_ones_say_why(small: Database) -> None:
    none(
        small,
        "qa_segments WHERE source_tags IS NOT NULL OR target_tags IS NOT NULL OR length_max IS NOT NULL OR locked",
    )
    none(small, "file_uploads WHERE (status = 'failed') <> (refusal IS NOT NULL)")


def test_a_session_counts_the_words_of_its_segments(small: Database) -> None:
    counted = "SELECT sum(cardinality(string_to_array(source, ' '))) AS n FROM qa_segments WHERE session_id = s.id"
    none(small, f"qa_sessions s WHERE words <> coalesce(({counted}), 0)")
    none(small, "qa_sessions WHERE (words > 0) <> (status IN ('in_review', 'approved', 'rejected'))")


def test_a_file_has_the_bytes_of_its_words(small: Database) -> None:
    files = "file_uploads u JOIN qa_sessions s ON s.upload_id = u.id WHERE u.status = 'done'"
    none(small, f"{files} AND u.bytes NOT BETWEEN 900 + 25 * words AND 901 + 39 * words")


def test_a_sessions_score_is_that_of_its_latest_assessment(small: Database) -> None:
    """To a hundredth of a point of penalty, which is how exact assessments are."""
    none(
        small, f"({LATEST}) a JOIN qa_sessions s ON s.id = session_id WHERE abs(a.score - s.score) > 0.011 + 0.5 / ewc"
    )
    none(
        small,
        "qa_sessions s LEFT JOIN assessment_results a ON a.session_id = s.id WHERE (s.score IS NULL) <> (a.id IS NULL)",
    )
    none(small, "assessment_results a JOIN qa_sessions s ON s.id = session_id WHERE ewc <> words")


def test_what_is_approved_passes_and_what_is_rejected_does_not(small: Database) -> None:
    sessions = "qa_sessions s JOIN projects p ON p.id = project_id WHERE"
    none(small, f"{sessions} s.status = 'approved' AND score < pass_score")
    none(small, f"{sessions} s.status = 'rejected' AND score >= pass_score")
    shares_of_status = shares(small, "qa_sessions", "status")
    assert shares_of_status["approved"] > shares_of_status["in_review"] > 10
    assert shares_of_status["rejected"] > 10


def test_reviews_are_one_to_three_by_different_people_of_the_project_but_never_the_author(small: Database) -> None:
    counted = "SELECT count(*) AS n, count(DISTINCT reviewer_id) AS people FROM reviews GROUP BY session_id"
    assert small.rows(f"SELECT min(n), max(n), bool_and(n = people) FROM ({counted}) x") == [(1, 3, True)]
    none(small, "reviews r JOIN qa_sessions s ON s.id = session_id WHERE reviewer_id = s.created_by")
    none(
        small,
        """
        reviews r JOIN qa_sessions s ON s.id = session_id LEFT JOIN project_members m
            ON m.project_id = s.project_id AND m.profile_id = reviewer_id AND m.role IN ('manager', 'reviewer')
        WHERE m.profile_id IS NULL
        """,
    )


def test_the_verdicts_agree_with_what_became_of_the_session(small: Database) -> None:
    for status in ("approved", "rejected"):
        said = f"SELECT FROM reviews WHERE session_id = s.id AND verdict = '{status}'"
        none(small, f"qa_sessions s WHERE status = '{status}' AND NOT EXISTS ({said})")
    none(small, "reviews r JOIN qa_sessions s ON s.id = session_id WHERE r.decided_at > s.decided_at")
    none(small, "reviews r JOIN qa_sessions s ON s.id = session_id WHERE verdict IS NULL AND s.status <> 'in_review'")
    assert small.one("SELECT count(*) FROM reviews WHERE verdict IS NULL") > 50


def test_people_belong_to_where_they_work(small: Database) -> None:
    none(small, "profiles p WHERE NOT EXISTS (SELECT FROM organization_members WHERE profile_id = p.id)")
    for role in ("owner", "auditor"):
        has_one = f"SELECT FROM organization_members WHERE organization_id = o.id AND role = '{role}'"
        none(small, f"organizations o WHERE NOT EXISTS ({has_one})")
    working = {"project_members": "profile_id", "projects": "created_by", "audit_logs": "actor_id"}
    for table, column in working.items():
        member = "m.organization_id = t.organization_id AND m.role <> 'auditor'"
        none(
            small,
            f"{table} t LEFT JOIN organization_members m ON m.profile_id = t.{column} AND {member}"
            f" WHERE t.{column} IS NOT NULL AND m.profile_id IS NULL",
        )


def test_most_attempts_to_log_in_are_of_people_with_an_account(small: Database) -> None:
    known = "EXISTS (SELECT FROM profiles WHERE lower(profiles.email) = login_attempts.email)"
    ((share, strangers),) = small.rows(
        f"SELECT avg(({known})::int)::float8, count(*) FILTER (WHERE ok AND NOT {known}) FROM login_attempts"
    )
    assert 0.93 <= share < 1
    assert strangers == 0


@pytest.mark.parametrize(
    ("query", "table"),
    [
        (reading.SESSIONS, "qa_sessions"),
        (reading.PROJECTS, "assessment_results"),
        (reading.TREND, "assessment_results"),
        (reading.ASSESSMENTS, "assessment_results"),
        (reading.ERRORS_COUNTED, "qa_errors"),
        (reading.SAME_SOURCE, "qa_segments"),
        (reading.OPEN_REVIEWS, "reviews"),
        (reading.AUDIT_LOG, "audit_logs"),
        (reading.HISTORY, "audit_logs"),
        (reading.PENDING, "file_uploads"),
    ],
)
def test_a_page_of_the_application_reads_a_whole_table(small: Database, query: str, table: str) -> None:
    """For want of an index, which is for others to find: see the migrations' tests."""
    assert f"Seq Scan on {table}" in "\n".join(asyncio.run(explained(small.dsn, query)))


async def explained(dsn: str, query: str) -> list[str]:
    """The plan for the application, whatever the parameters."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET ROLE fluentscribe_app; SET plan_cache_mode = force_generic_plan")
        statement = await connection.prepare(f"EXPLAIN {query}")
        kinds = [SOME[one.name] for one in statement.get_parameters()]
        return [row[0] for row in await statement.fetch(*kinds)]
    finally:
        await connection.close()
