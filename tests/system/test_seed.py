"""`plimsoll seed` as a user meets it: all rows or none, and whatever goes wrong is said in one line."""

import signal
import subprocess
import sys

import pytest

from tests.system.harness import (
    INTERRUPTED,
    OK,
    PROGRAM,
    REFUSED,
    USAGE,
    Outcome,
    Project,
    Running,
    until,
)

SHOP = """
CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text,
    created_at timestamptz NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id bigint NOT NULL REFERENCES people,
    status text NOT NULL CHECK (status IN ('open', 'paid')), total numeric(10, 2) NOT NULL,
    placed_at timestamptz NOT NULL
);
CREATE SCHEMA archive;
CREATE TABLE archive.letters (id bigint PRIMARY KEY, body text NOT NULL);
"""
NOW = "now = 2026-06-30T18:00:00Z\n"
COUNTS = "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM orders), (SELECT count(*) FROM archive.letters)"
MANY = 20_000_000  # rows that take minutes: none of the tests below waits for them


@pytest.fixture
def shop(project: Project) -> Project:
    project.sql(SHOP)
    return project


def seed(project: Project, *words: object) -> Outcome:
    return project.here(*seed_words(words))


def seed_words(words: tuple[object, ...]) -> list[object]:
    where = [] if {"--dsn", "--env"} & set(words) else ["--dsn", "env:TEST_DSN"]
    return ["seed", *where, *words]


def assert_counts(project: Project, people: int, orders: int, letters: int) -> None:
    assert project.sql(COUNTS) == f"{people}|{orders}|{letters}"


def last_line(outcome: Outcome) -> str:
    return outcome.stderr.splitlines()[-1]


# -- what it does ------------------------------------------------------------------------------------------------------


def test_a_database_is_filled_and_that_is_said_in_a_line(shop: Project) -> None:
    outcome = shop.plimsoll(*seed_words(("--rows", 40)))

    assert outcome.code == OK, outcome.stderr
    assert outcome.stdout.startswith("filled 3 tables with 120 rows (")
    assert outcome.stdout.count("\n") == 1
    assert outcome.stderr.splitlines()[0] == "filling 3 tables with 120 rows"
    assert_counts(shop, 40, 40, 40)


def test_as_json_it_is_one_object_and_nothing_else(shop: Project) -> None:
    outcome = seed(shop, "--rows", 40, "--json")

    assert (outcome.code, outcome.stderr) == (OK, "")
    assert set(outcome.summary) == {"tables", "retried", "rows", "bytes", "seconds", "notes", "withheld"}
    assert outcome.summary["tables"] == {"archive.letters": 40, "people": 40, "orders": 40}


def test_a_dry_run_says_counts_sizes_and_time_and_writes_nothing(shop: Project) -> None:
    shop.write("plan.toml", f"{NOW}rows = 7\n[tables.orders]\nrows = 30\n")

    told = seed(shop, "plan.toml", "--dry-run")
    as_json = seed(shop, "plan.toml", "--dry-run", "--json")

    assert (told.code, told.stderr) == (OK, "")
    assert [line.split()[:2] for line in told.stdout.splitlines()[1:4]] == [
        ["archive.letters", "7"],
        ["people", "7"],
        ["orders", "30"],
    ]
    assert told.stdout.splitlines()[-1].startswith("3 tables, 44 rows, about ")
    assert told.stdout.endswith("; nothing was written\n")
    assert as_json.summary["rows"] == 44
    assert as_json.summary["not_empty"] == []
    assert as_json.summary["bytes"] > 0
    assert_counts(shop, 0, 0, 0)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(shop: Project) -> None:
    shop.write("plan.toml", NOW)
    content = "SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM orders o"

    def filled(number: int) -> str:
        assert seed(shop, "plan.toml", "--replace", "--seed", number).code == OK
        return shop.sql(content)

    first = filled(7)
    assert filled(8) != first
    assert filled(7) == first


def test_schemas_and_tables_are_filled_alone_when_they_are_named(shop: Project) -> None:
    shop.write("plan.toml", f"{NOW}rows = 5\n[tables.orders]\nrows = 9\n")

    assert seed(shop, "plan.toml", "--schema", "archive").code == OK
    assert_counts(shop, 0, 0, 5)
    assert seed(shop, "plan.toml", "--table", "public.people").code == OK
    assert_counts(shop, 5, 0, 5)
    seed(shop, "--table", "order").assert_refused(USAGE, "there is no table 'order'", "did you mean 'orders'?")
    seed(shop, "--schema", "attic").assert_refused(REFUSED, "no table was found in attic", "correct --schema")


def test_tables_that_hold_rows_are_refused_unless_they_may_be_emptied(shop: Project) -> None:
    shop.sql("INSERT INTO archive.letters VALUES (1, 'dear')")

    seed(shop, "--rows", 5).assert_refused(REFUSED, "tables hold rows already: archive.letters", "--replace")
    assert_counts(shop, 0, 0, 1)
    assert "hold rows already: archive.letters" in seed(shop, "--rows", 5, "--dry-run").stdout
    assert "emptied first: archive.letters" in seed(shop, "--rows", 5, "--replace", "--dry-run").stdout
    assert seed(shop, "--rows", 5, "--replace").code == OK
    assert_counts(shop, 5, 5, 5)


def test_a_plan_to_begin_with_is_written_once_and_fills_the_database(shop: Project) -> None:
    written = seed(shop, "--rows", 30, "--write-plan", "plan.toml")

    assert (written.code, written.stderr) == (OK, "")
    assert written.stdout.startswith("wrote plan.toml\n")
    assert_counts(shop, 0, 0, 0)
    seed(shop, "--write-plan", "plan.toml").assert_refused(USAGE, "plan.toml is already there", "another file")
    seed(shop, "--write-plan", "no/plan.toml").assert_refused(USAGE, "no such directory", "mkdir -p no")
    assert seed(shop, "plan.toml").code == OK
    assert_counts(shop, 30, 30, 30)


# -- what it refuses ---------------------------------------------------------------------------------------------------

PROTECTED = """
[environments.prod]
database = "env:TEST_DSN"
protected = true
"""


def test_a_protected_database_is_filled_only_when_that_is_allowed_by_name(shop: Project) -> None:
    shop.write("plimsoll.toml", PROTECTED)
    elsewhere = shop.dsn.replace("127.0.0.1", "localhost")

    for words in (("--env", "prod"), ("--dsn", elsewhere), ("--env", "prod", "--dry-run")):
        seed(shop, *words).assert_refused(REFUSED, "environment 'prod'", "--allow-protected prod")
    assert_counts(shop, 0, 0, 0)
    assert seed(shop, "--env", "prod", "--allow-protected", "prod", "--rows", 5).code == OK
    assert_counts(shop, 5, 5, 5)


def test_a_pooler_is_refused(shop: Project) -> None:
    outcome = seed(shop, "--dsn", f"{shop.dsn}?pgbouncer=true")

    outcome.assert_refused(REFUSED, "through a transaction pooler", "connect to the server itself")


def test_a_database_that_cannot_be_reached_is_told_without_the_password(bare: Project) -> None:
    nowhere = bare.dsn_as("me", "Secret-4711-x", port=1)
    stranger = bare.dsn_as("stranger", "Wrong-pass-77")

    seed(bare, "--dsn", nowhere).assert_refused(REFUSED, "no database server answers", "me:****@")
    seed(bare, "--dsn", stranger).assert_refused(REFUSED, "user 'stranger' could not log in")
    seed(bare, "--dsn", "env:NOT_SET_HERE").assert_refused(REFUSED, "NOT_SET_HERE is not set", "export it")


def test_without_a_database_named_nothing_is_made(bare: Project) -> None:
    bare.here("seed").assert_refused(USAGE, "no database is named", "--dsn env:DATABASE_URL", "--env embedded")
    assert not (bare.path / ".plimsoll").exists()


def test_a_plan_that_cannot_be_read_is_told(bare: Project) -> None:
    bare.write("half.toml", "now = \n")
    bare.write("large.toml", "#" * (2**20 + 1))
    (bare.path / "binary.toml").write_bytes(b"now = \xff\xfe\x00")

    seed(bare, "missing.toml").assert_refused(USAGE, "(missing.toml)", "No such file")
    seed(bare, ".").assert_refused(USAGE, "cannot read the seed plan", "directory")
    seed(bare, "half.toml").assert_refused(USAGE, "no TOML (half.toml)", "line 1", "mend that line")
    seed(bare, "large.toml").assert_refused(USAGE, "too large (large.toml)", "more than 1 MiB")
    seed(bare, "binary.toml").assert_refused(USAGE, "(binary.toml)", "not UTF-8")


COLUMN = f"{NOW}[tables.orders.columns]\n"
WRONG_PLANS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"{NOW}rws = 1", ("unknown key 'rws'", "did you mean 'rows'?")),
    (f"{NOW}[tables.order]", ("(tables.order)", "did you mean 'orders'?")),
    (f"{COLUMN}stats = {{value = 'open'}}", ("(tables.orders.columns.stats)", "did you mean 'status'?")),
    (f"{COLUMN}status = {{valu = 'open'}}", ("tables.orders.columns.status", "did you mean 'value'?")),
    (f"{COLUMN}total = {{number = {{normal = {{mean = 3}}}}}}", ("columns.total.number.normal", "sd is missing")),
    (f"{COLUMN}placed_at = {{after = 'person_id.name'}}", ("columns.placed_at", "no date or time")),
    (f"{COLUMN}status = {{template = '{{status}}'}}", ("columns are made of each other (orders)", "status from")),
    (f"{COLUMN}status = {{value = 'lost'}}", ("orders", "orders_status_check")),
    (f"{COLUMN}placed_at = {{value = 'soon'}}", ("orders.columns.placed_at", "timestamp with time zone")),
)


def test_every_mistake_in_a_plan_is_named_and_nothing_is_written(shop: Project) -> None:
    for plan, words in WRONG_PLANS:  # one after another: of two fills of one database, one would be refused for that
        shop.write("plan.toml", plan)
        outcome = seed(shop, "plan.toml", "--json")
        outcome.assert_refused(outcome.code, *words)
        assert outcome.code in (USAGE, REFUSED)
    assert_counts(shop, 0, 0, 0)


CLOSED = """
CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the shop is closed'; END $$;
CREATE TRIGGER closed AFTER INSERT ON orders EXECUTE FUNCTION closed();
"""


@pytest.mark.skipif(sys.platform != "linux", reason="left out: only Linux limits the memory of a process so")
def test_more_rows_than_there_is_memory_for_are_refused(shop: Project) -> None:
    shop.sql("CREATE TABLE lines (order_id bigint REFERENCES orders, number int, PRIMARY KEY (order_id, number))")
    limited = ("sh", "-c", 'ulimit -v 6000000 && exec "$@"', "sh")
    words = ("seed", "--dsn", shop.dsn, "--rows", "10000000000", "--dry-run")

    done = subprocess.run([*limited, PROGRAM, *words], capture_output=True, text=True, check=False, timeout=60)

    outcome = shop.checked(done.returncode, done.stdout, done.stderr)
    outcome.assert_refused(REFUSED, "too many rows for the memory", "fewer")


def test_names_are_shown_as_they_are(shop: Project) -> None:
    shop.sql('CREATE TABLE "a [bold]table[/] :smile:" (id int)')

    outcome = seed(shop, "--dry-run", "--table", "a [bold]table[/] :smile:")

    assert outcome.stdout.splitlines()[1].split("  ")[0] == "a [bold]table[/] :smile:"


def test_what_the_server_refuses_leaves_the_database_as_it_was(shop: Project) -> None:
    shop.sql(CLOSED)

    outcome = shop.plimsoll(*seed_words(("--rows", 20)))

    assert (outcome.code, outcome.stdout) == (REFUSED, "")
    assert last_line(outcome).startswith(
        "error: cannot fill orders (while rows were written): P0001: the shop is closed"
    )
    assert_counts(shop, 0, 0, 0)


# -- interrupted -------------------------------------------------------------------------------------------------------


def filling(project: Project) -> bool:
    """Whether rows are on their way to the server."""
    return project.sql("SELECT count(*) FROM pg_stat_progress_copy WHERE tuples_processed > 50000") != "0"


def until_filling(running: Running) -> None:
    until(lambda: filling(running.project) or running.process.poll() is not None, "rows on their way")
    assert running.process.poll() is None, running.err.read_text()


def assert_nothing_is_left(project: Project) -> None:
    until(lambda: project.sessions() == 0, "the server without sessions of ours")
    assert_counts(project, 0, 0, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_fill_leaves_every_table_empty(shop: Project, number: signal.Signals) -> None:
    with shop.started(*seed_words(("--rows", MANY))) as running:
        until_filling(running)
        running.tell_group(number)
        outcome = running.ended()

    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")
    assert last_line(outcome) == "interrupted: the database is as it was"
    assert_nothing_is_left(shop)


def test_a_second_ctrl_c_ends_it_at_once_and_the_server_undoes_it(shop: Project) -> None:
    with shop.started(*seed_words(("--rows", MANY))) as running:
        until_filling(running)
        running.tell(signal.SIGINT)
        until(lambda: "stopping" in running.err.read_text(), "an answer to the first Ctrl-C")
        running.tell(signal.SIGINT)
        outcome = running.ended()

    assert outcome.code in (INTERRUPTED, -signal.SIGINT)  # the latter where it was all but gone
    assert outcome.stdout == ""
    assert last_line(outcome).startswith(("interrupted", "stopping"))  # "interrupted" alone: while it said the rest
    assert_nothing_is_left(shop)


def test_a_fill_that_is_killed_leaves_nothing(shop: Project) -> None:
    with shop.started(*seed_words(("--rows", MANY))) as running:
        until_filling(running)
        running.process.kill()
        running.process.wait()
        assert_nothing_is_left(shop)


def test_a_server_that_dies_is_told_in_one_line(shop: Project) -> None:
    with shop.started(*seed_words(("--rows", MANY))) as running:
        until_filling(running)
        backend = int(shop.sql("SELECT pid FROM pg_stat_progress_copy"))
        shop.sql(f"SELECT pg_terminate_backend({backend})")
        outcome = running.ended()

    assert (outcome.code, outcome.stdout) == (REFUSED, "")
    assert last_line(outcome).startswith("error: cannot fill archive.letters (")
    assert "the connection to the server was lost" in last_line(outcome)
    assert_nothing_is_left(shop)


def test_of_two_fills_at_once_one_is_refused(shop: Project) -> None:
    shop.sql("DROP TABLE archive.letters; CREATE TABLE archive.letters (body text)")  # which would take both
    with shop.started(*seed_words(("--rows", 2_000))) as one, shop.started(*seed_words(("--rows", 2_000))) as other:
        ended = sorted((one.ended(), other.ended()), key=lambda outcome: outcome.code)

    assert [outcome.code for outcome in ended] == [OK, REFUSED], [outcome.stderr for outcome in ended]
    ended[1].assert_refused(REFUSED)
    assert_counts(shop, 2_000, 2_000, 2_000)
