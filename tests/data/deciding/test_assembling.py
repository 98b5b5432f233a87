"""Whole fills of small schemas on a real server: what the rows look like together."""

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from tests.data.filling_any import Database

FORUM = """
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at timestamptz NOT NULL);
CREATE TABLE topics (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id bigint NOT NULL REFERENCES people,
    created_at timestamptz NOT NULL, status text NOT NULL CHECK (status IN ('open', 'closed')), closed_at timestamptz
);
CREATE TABLE posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic_id bigint NOT NULL REFERENCES topics, number int NOT NULL,
    person_id bigint NOT NULL REFERENCES people, answers bigint REFERENCES posts, created_at timestamptz NOT NULL,
    UNIQUE (topic_id, number)
);
CREATE TABLE likes (
    post_id bigint REFERENCES posts, person_id bigint REFERENCES people, created_at timestamptz NOT NULL,
    PRIMARY KEY (post_id, person_id)
);
"""


@pytest.fixture
def forum(database: str) -> Database:
    return Database(database).sql(FORUM)


def test_children_are_born_after_their_parents(forum: Database) -> None:
    forum.fill(rows=500)
    assert (
        forum.one("SELECT count(*) FROM posts JOIN topics t ON t.id = topic_id WHERE posts.created_at < t.created_at")
        == 0
    )
    assert (
        forum.one(
            "SELECT count(*) FROM topics JOIN people p ON p.id = person_id WHERE topics.created_at < p.created_at"
        )
        == 0
    )
    assert (
        forum.one("SELECT count(*) FROM likes JOIN posts p ON p.id = post_id WHERE likes.created_at < p.created_at")
        == 0
    )


def test_a_status_agrees_with_its_timestamp(forum: Database) -> None:
    forum.fill(rows=200)
    assert forum.rows("SELECT DISTINCT status, closed_at IS NULL FROM topics ORDER BY 1") == [
        ("closed", False),
        ("open", True),
    ]
    assert forum.one("SELECT count(*) FROM topics WHERE closed_at < created_at") == 0


def test_rows_of_a_group_are_counted_from_one(forum: Database) -> None:
    forum.fill(rows=200)
    gaps = "SELECT count(*) FROM (SELECT max(number) - count(*) AS gap FROM posts GROUP BY topic_id) x WHERE gap <> 0"
    assert forum.one(gaps) == 0


def test_pairs_of_parents_differ(forum: Database) -> None:
    forum.fill(rows=300)
    assert forum.one("SELECT count(*) FROM likes") == 300
    assert forum.violations() == {}


def test_a_row_answers_an_earlier_one_of_its_topic(forum: Database) -> None:
    forum.fill("rows = 200\ntables.topics.rows = 20")
    assert forum.one("SELECT count(*) FROM posts WHERE answers >= id") == 0
    others = "SELECT count(*) FROM posts p JOIN posts a ON a.id = p.answers WHERE a.topic_id <> p.topic_id"
    assert forum.one(others) == 0
    assert 100 < forum.one("SELECT count(answers) FROM posts") < 200


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(forum: Database) -> None:
    digest = "SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM topics t"
    found = []
    for seed in (1, 1, 2):
        forum.sql("TRUNCATE people, topics, posts, likes RESTART IDENTITY")
        forum.fill(seed=seed)
        found.append(forum.one(digest))
    assert found[0] == found[1] != found[2]


def test_the_plan_says_counts_shares_and_groups(forum: Database) -> None:
    forum.fill("""
        rows = 50
        [tables.topics]
        rows = 1000
        columns.status = {values = {open = 3, closed = 1}}
        columns.person_id = {zipf = 1.0}
        [tables.posts]
        per = "topic_id"
        size = {uniform = {low = 1, high = 3}}
    """)
    assert forum.one("SELECT count(*) FROM topics") == 1000
    assert forum.one("SELECT count(*) FROM topics WHERE status = 'open'") == pytest.approx(750, abs=50)
    assert forum.one("SELECT max(n) FROM (SELECT count(*) AS n FROM topics GROUP BY person_id) x") > 150
    assert forum.rows("SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM posts GROUP BY topic_id) x") == [(1, 3)]


def test_values_are_copied_and_taken_from_among_those_that_agree(database: str) -> None:
    shop = Database(database).sql("""
        CREATE TABLE firms (id uuid PRIMARY KEY);
        CREATE TABLE members (firm_id uuid REFERENCES firms, person int, PRIMARY KEY (firm_id, person));
        CREATE TABLE projects (id int PRIMARY KEY, firm_id uuid NOT NULL REFERENCES firms);
        CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects, firm_id uuid NOT NULL
            REFERENCES firms, person int, FOREIGN KEY (firm_id, person) REFERENCES members);
    """)
    shop.fill("""
        rows = 200
        [tables.firms]
        rows = 10
        [tables.tasks.columns]
        firm_id = {copy = "project_id.firm_id"}
    """)
    assert shop.violations() == {}
    assert (
        shop.one("SELECT count(*) FROM tasks JOIN projects p ON p.id = project_id WHERE p.firm_id <> tasks.firm_id")
        == 0
    )
    assert shop.one("SELECT count(person) FROM tasks") > 100


def test_a_cycle_of_references_is_closed(database: str) -> None:
    cycle = Database(database).sql("""
        CREATE TABLE teams (id int PRIMARY KEY, leader_id int);
        CREATE TABLE players (id int PRIMARY KEY, team_id int NOT NULL REFERENCES teams);
        ALTER TABLE teams ADD FOREIGN KEY (leader_id) REFERENCES players;
    """)
    cycle.fill(rows=50)
    assert cycle.violations() == {}
    assert cycle.one("SELECT count(leader_id) FROM teams") > 25


def test_a_cycle_whose_keys_may_neither_be_null_nor_wait_is_closed(each_database: str) -> None:
    cycle = Database(each_database).sql("""
        CREATE TABLE shops (id int PRIMARY KEY, manager_id int NOT NULL);
        CREATE TABLE clerks (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops);
        ALTER TABLE shops ADD FOREIGN KEY (manager_id) REFERENCES clerks;
    """)
    cycle.fill(rows=50)
    assert cycle.violations() == {}
    assert cycle.one("SELECT count(*) FROM shops") == 50
    assert cycle.one("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable") == 0


PAYMENTS = """
CREATE TABLE payers (id int PRIMARY KEY);
CREATE TABLE payments (id int, payer_id int NOT NULL, paid_at date NOT NULL, sum int) PARTITION BY RANGE (paid_at);
CREATE TABLE early PARTITION OF payments FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
CREATE TABLE late PARTITION OF payments FOR VALUES FROM ('2026-01-01') TO ('2026-07-01') PARTITION BY HASH (id);
CREATE TABLE late_0 PARTITION OF late FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE late_1 PARTITION OF late FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE early ADD FOREIGN KEY (payer_id) REFERENCES payers;
ALTER TABLE late_0 ADD FOREIGN KEY (payer_id) REFERENCES payers;
ALTER TABLE early ADD CHECK (sum > 10), ADD CHECK (paid_at < '2026-01-01'), ADD UNIQUE (id);
ALTER TABLE late_0 ADD CHECK (sum > 10), ADD UNIQUE (id);
ALTER TABLE late_1 ADD CHECK (sum > 10), ADD UNIQUE (id);
"""


def test_what_stands_on_partitions_alone_holds_of_all_rows(each_database: str) -> None:
    payments = Database(each_database).sql(PAYMENTS)
    payments.fill(rows=100)
    assert payments.violations() == {}
    assert payments.one("SELECT count(DISTINCT tableoid) FROM payments") == 3
    assert payments.one("SELECT count(*) FROM payments LEFT JOIN payers p ON p.id = payer_id WHERE p.id IS NULL") == 0
    assert payments.one("SELECT count(DISTINCT id) FROM payments WHERE sum > 10 OR sum IS NULL") == 100


def test_rows_that_a_trigger_writes_make_way_for_those_planned(each_database: str) -> None:
    people = Database(each_database).sql("""
        CREATE TABLE people (id int PRIMARY KEY);
        CREATE TABLE profiles (person_id int PRIMARY KEY REFERENCES people, full_name text NOT NULL);
        CREATE TABLE posts (id int PRIMARY KEY, person_id int NOT NULL REFERENCES profiles);
        CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql
            AS $$BEGIN INSERT INTO profiles VALUES (new.id, 'nobody'); RETURN new; END$$;
        CREATE TRIGGER welcoming AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION welcome();
    """)
    people.fill(rows=30)
    assert people.violations() == {}
    assert people.one("SELECT count(*) FROM profiles WHERE full_name <> 'nobody'") == 30


def test_rows_refer_to_such_as_a_check_on_the_key_lists(database: str) -> None:
    volumes = Database(database).sql("""
        CREATE TABLE volumes (
            id int PRIMARY KEY, state text NOT NULL CHECK (state IN ('creating', 'created')), parent_id int,
            parent_state text CHECK (parent_state = 'created'),
            UNIQUE (id, state), FOREIGN KEY (parent_id, parent_state) REFERENCES volumes (id, state)
        );
        CREATE TABLE mounts (
            id int PRIMARY KEY, volume_id int NOT NULL, state text NOT NULL CHECK (state IN ('created', 'gone')),
            FOREIGN KEY (volume_id, state) REFERENCES volumes (id, state)
        );
    """)
    volumes.fill(rows=100)
    assert volumes.violations() == {}
    assert volumes.one("SELECT count(parent_id) FROM volumes") > 30
    assert volumes.one("SELECT count(*) FROM mounts WHERE state = 'created'") == 100


def test_columns_of_a_type_that_the_server_was_built_without_are_left_out(database: str) -> None:
    notes = Database(database).sql("CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL, markup xml)")
    notes.fill(rows=20)
    built_without = notes.schema().unusable == {"xml"}
    assert notes.one("SELECT count(*) FROM notes") == 20
    assert (notes.one("SELECT count(markup) FROM notes") == 0) == built_without


def test_a_unique_key_over_few_values_bounds_the_rows(database: str) -> None:
    flags = Database(database).sql("CREATE TABLE flags (name text UNIQUE CHECK (name IN ('a', 'b', 'c')))")
    flags.fill(rows=100)
    assert flags.rows("SELECT name FROM flags ORDER BY 1") == [("a",), ("b",), ("c",)]


def test_more_rows_than_a_unique_key_allows_are_refused_by_name(database: str) -> None:
    flags = Database(database).sql("CREATE TABLE flags (name text UNIQUE CHECK (name IN ('a', 'b', 'c')))")
    with pytest.raises(RefusedError, match=r"flags.*unique keys allow 3"):
        flags.fill("[tables.flags]\nrows = 4")
    assert flags.one("SELECT count(*) FROM flags") == 0


def test_checks_that_exclude_each_other_are_refused_by_name(database: str) -> None:
    wrong = Database(database).sql("CREATE TABLE t (a int CONSTRAINT low CHECK (a < 1), CONSTRAINT high CHECK (a > 5))")
    with pytest.raises(
        RefusedError, match=r"\(t\).*high, low|\(t\).*low, high|\(t\).*low and high|\(t\).*high and low"
    ):
        wrong.fill()


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("[tables.topic]\nrows = 1", "did you mean 'topics'"),
        ("[tables.topics.columns]\nstats = {value = 'open'}", "did you mean 'status'"),
        ("[tables.topics.columns]\nstatus = {value = 'open', null = 0.5}", "cannot be NULL"),
        ("[tables.topics]\nper = 'status'", "in none"),
        ("[tables.posts.columns]\ncreated_at = {after = 'topic_id.born'}", "no column 'born'"),
        ("[tables.posts.columns]\ncreated_at = {after = 'topic_id.status'}", "text, no date or time"),
        ("skip = ['topic']", "did you mean 'topics'"),
        ("[tables.posts.columns]\nnumber = {formula = 'topic_id.status * 2'}", "topic_id.status is no number"),
        ("[tables.topics.columns]\nstatus = {among = {table = 'topics', take = 'status'}}", "rows are made of each"),
        ("[tables.topics.columns]\nstatus = {template = '{status}'}", "status from status"),
        (
            "[tables.topics.columns]\ncreated_at = {after = 'closed_at'}\nclosed_at = {copy = 'created_at'}",
            "created_at from closed_at from created_at",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_with_what_is_wrong(forum: Database, plan: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        forum.fill(plan)
    assert words in f"{caught.value} {caught.value.remedy}"


def test_as_many_rows_as_a_unique_column_of_its_type_can_tell_apart(database: str) -> None:
    made = (
        Database(database).sql("CREATE TABLE t (id bigint PRIMARY KEY, number int NOT NULL UNIQUE)").fill(rows=30_000)
    )
    assert list(made.rows.values()) == [30_000]


@pytest.mark.parametrize("shape", ["box", "polygon", "circle"])
def test_areas_that_must_not_overlap_lie_side_by_side(database: str, shape: str) -> None:
    fields = Database(database).sql(f"CREATE TABLE fields (area {shape} NOT NULL, EXCLUDE USING gist (area WITH &&))")
    fields.fill(rows=2_000)
    assert fields.one("SELECT count(*) FROM fields") == 2_000
