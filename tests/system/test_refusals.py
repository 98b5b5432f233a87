"""What cannot be run is refused in one line that says what to do, before anything was sent and with nothing left."""

from collections.abc import Iterator

import pytest

from plimsoll.embedded import start_postgres
from tests.system.harness import REFUSED, SELECT, USAGE, Project

# -- the target --------------------------------------------------------------------------------------------------------


@pytest.fixture
def role(bare: Project) -> Iterator[str]:
    """A role that may log in."""
    bare.server.sql("CREATE ROLE caller LOGIN PASSWORD 'Right-pass-3q'")
    yield "caller"
    bare.server.sql("DROP ROLE caller")


def test_no_server_listens(bare: Project) -> None:
    dsn = bare.dsn_as("me", "Secret-4711-x", port=1)

    bare.run_here(SELECT, "--dsn", dsn).assert_refused(REFUSED, "no database server answers", "start the server")


def test_the_password_is_wrong(bare: Project, role: str) -> None:
    dsn = bare.dsn_as(role, "Wrong-pass-77")

    bare.run(SELECT, "--dsn", dsn).assert_refused(REFUSED, f"user '{role}' could not log in", "password is wrong")


def test_the_database_is_unknown(bare: Project) -> None:
    dsn = bare.server.dsn_of("nowhere")

    bare.run_here(SELECT, "--dsn", dsn).assert_refused(REFUSED, "there is no database 'nowhere'")


def test_tls_is_wanted_and_not_offered(bare: Project) -> None:
    dsn = f"{bare.dsn}?sslmode=require"

    bare.run_here(SELECT, "--dsn", dsn).assert_refused(REFUSED, "it offers no TLS", "sslmode=require demands it")


def test_tls_is_demanded_and_not_used(bare: Project) -> None:
    with start_postgres() as server:
        hba = server.data_dir / "pg_hba.conf"
        local = [line for line in hba.read_text().splitlines() if line.startswith("local")]
        hba.write_text("\n".join([*local, "hostssl all all all scram-sha-256", ""]))
        server.sql("SELECT pg_reload_conf()")
        outcome = bare.run_here(SELECT, "--dsn", f"{server.dsn}?sslmode=disable")

    outcome.assert_refused(REFUSED, "the server demands TLS", "sslmode=require")


def test_the_server_has_fewer_connections_than_users(bare: Project) -> None:
    outcome = bare.run_here(SELECT, "--users", 4_000, "--duration", "1s")

    outcome.assert_refused(REFUSED, "the run needs 4000", "max_connections")


def test_the_role_has_fewer_connections_than_users(bare: Project, role: str) -> None:
    bare.server.sql(f"ALTER ROLE {role} CONNECTION LIMIT 3")
    dsn = bare.dsn_as(role, "Right-pass-3q")

    outcome = bare.run_here(SELECT, "--dsn", dsn, "--users", 8, "--duration", "1s")

    outcome.assert_refused(REFUSED, "connection", "3")


def test_an_environment_with_a_url_alone_has_no_database_to_load(bare: Project) -> None:
    bare.write("plimsoll.toml", '[environments.web]\nurl = "http://127.0.0.1:8000"\n')

    bare.run_here(SELECT, "--env", "web").assert_refused(REFUSED, "runs SQL (line 6)", "only a URL was given")


# -- placeholders and protection ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["<password>", "YOUR_SERVICE_ROLE_KEY_HERE"])
def test_a_placeholder_is_named_by_its_place_and_not_repeated(bare: Project, password: str) -> None:
    dsn = bare.dsn_as("me", password)

    outcome = bare.run_here(SELECT, "--dsn", dsn)

    outcome.assert_refused(REFUSED, "a placeholder was never filled in (--dsn)", "the password in the DSN")


@pytest.mark.parametrize(("value", "state"), [(None, "not set"), ("", "empty")])
def test_a_variable_that_holds_no_dsn_is_named(bare: Project, value: str | None, state: str) -> None:
    bare.write("plimsoll.toml", '[environments.dev]\ndatabase = "env:SOME_DSN"\n')

    outcome = bare.run_here(SELECT, "--env", "dev", environ={} if value is None else {"SOME_DSN": value})

    outcome.assert_refused(REFUSED, "SOME_DSN", state, "export SOME_DSN=")


PROTECTED = """
[environments.prod]
database = "env:TEST_DSN"
protected = true
max_users = 2
max_duration = "5s"

[environments.copy]
database = "env:COPY_DSN"
"""


@pytest.mark.parametrize("words", [("--env", "prod"), ("--env", "copy"), ("--dsn", "env:COPY_DSN")])
def test_a_protected_database_is_refused_by_whatever_name_it_goes(bare: Project, words: tuple[str, ...]) -> None:
    bare.write("plimsoll.toml", PROTECTED)
    elsewhere = bare.dsn.replace("127.0.0.1", "localhost")

    outcome = bare.run_here(SELECT, *words, environ={"COPY_DSN": elsewhere})

    outcome.assert_refused(REFUSED, "environment 'prod'", "--allow-protected prod")


def test_a_protected_database_keeps_its_limits_when_it_is_allowed(bare: Project) -> None:
    bare.write("plimsoll.toml", PROTECTED)

    outcome = bare.run_here(SELECT, "--env", "prod", "--allow-protected", "prod", "--users", 3, "--duration", "9s")

    outcome.assert_refused(REFUSED, "max_users is 2, asked for 3", "max_duration is 5")


def test_the_right_to_load_one_protected_database_is_not_that_to_load_another(bare: Project) -> None:
    bare.write("plimsoll.toml", PROTECTED)

    bare.run(SELECT, "--env", "prod", "--allow-protected", "other").assert_refused(REFUSED, "environment 'prod'")


# -- the command line --------------------------------------------------------------------------------------------------


COMMAND_LINES: list[tuple[tuple[object, ...], str]] = [
    (("--rate", 10, "--iterations", 5), "--rate contradicts --users and --iterations"),
    (("--no-samples", "--jtl", "out.jtl"), "--jtl"),
    (("--users", 2, "--processes", 3, "--duration", "1s"), "--processes 2"),
    (("--duration", "0"), "0 s"),
    (("--duration", "soon"), "soon"),
    (("--rate", 0), "rate"),
    (("--iterations", 0), "iterations is 0"),
    (("--seed", -1), "seed"),
    (("--connections", "many"), "'many'"),
    (("--goal", "q95<1s"), "p95"),
    (("--usres", 3), "--users"),
    (("--config", "other.toml"), "cannot read other.toml"),
    (("--dsn", "mysql://root@127.0.0.1/x"), "mysql"),
    (("--junit", "nowhere/out.xml"), "nowhere"),
]


def test_a_wrong_command_line_is_answered_with_what_is_wrong(bare: Project) -> None:
    for words, said in COMMAND_LINES:
        bare.run_here(SELECT, *words).assert_refused(USAGE, said)


def test_a_place_for_runs_that_is_none_is_named(bare: Project) -> None:
    bare.run_here(SELECT, "--runs", "scenario.py").assert_refused(
        REFUSED, "scenario.py is not a directory", "--runs DIR"
    )


def test_a_profile_and_a_load_of_its_own_contradict_each_other(bare: Project) -> None:
    bare.write("plimsoll.toml", SETTINGS)

    bare.run_here(SELECT, "--profile", "smoke", "--users", 3).assert_refused(USAGE, "--profile smoke and --users")


# -- plimsoll.toml -----------------------------------------------------------------------------------------------------

SETTINGS = """
[environments.staging]
database = "env:TEST_DSN"

[profiles.smoke]
executor = "constant-users"
stages = [{users = 1, for = "1s"}]
goals = ["p95<1s"]
"""


MISTAKES_IN_SETTINGS = [
    ("executor", "executer", "did you mean 'executor'?"),
    ('for = "1s"', 'for = "1y"', "1y"),
    ("users = 1", "users = 1.5", "users"),
    ('["p95<1s"]', '["p95<1s", "p96>>2"]', "p96>>2"),
    ("[profiles.smoke]", "[profile.smoke]", "did you mean 'profiles'?"),
    ("stages = [", "stages = ", "line 7"),
]


def test_a_mistake_in_the_settings_is_answered_with_its_place_and_the_nearest_right(bare: Project) -> None:
    for right, wrong, said in MISTAKES_IN_SETTINGS:
        bare.write("plimsoll.toml", SETTINGS.replace(right, wrong))
        bare.run_here(SELECT, "--env", "staging", "--profile", "smoke").assert_refused(USAGE, "plimsoll.toml", said)


def test_unknown_names_are_answered_with_the_nearest_right_one(bare: Project) -> None:
    bare.write("plimsoll.toml", SETTINGS)

    bare.run_here(SELECT, "--env", "stagign").assert_refused(USAGE, "did you mean 'staging'?")
    bare.run_here(SELECT, "--env", "staging", "--profile", "smok").assert_refused(USAGE, "did you mean 'smoke'?")


# -- the scenario ------------------------------------------------------------------------------------------------------


MISTAKES_IN_SCENARIOS = [
    ("def broken(:\n    pass\n", "scenario.py, line 1"),
    ("import no_such_module\n", "pip install no_such_module"),
    ("x = 1\n", "the scenario has no journey"),
    ("from plimsoll import journey\n@journey\ndef look(user): ...\n", "write async def"),
    ("from plimsoll import journey\n@journey(weight='lots')\nasync def look(user): ...\n", "'lots'"),
    ("from plimsoll import journey\n@journey(wieght=2)\nasync def look(user): ...\n", "line 2"),
    ("from plimsoll import feed\nfeed.range('a', 2)\n", "whole numbers"),
    (f"from plimsoll import feed\nempty = feed.values([])\n{SELECT}", "is empty"),
    (f"from plimsoll import feed\nfeed.csv('people.csv')\n{SELECT}", "people.csv"),
    (f"from plimsoll import feed\nfeed.sql('SELECT 1 WHERE false')\n{SELECT}", "is empty"),
    (f"from plimsoll import feed\nfeed.sql('SELECT * FROM nowhere')\n{SELECT}", "42P01"),
    (f"from plimsoll import feed\nfeed.sql('DELETE FROM pg_class')\n{SELECT}", "25006"),
    (f"raise SystemExit('enough')\n{SELECT}", "enough"),
    (f"1 / 0\n{SELECT}", "line 1"),
    (f"from plimsoll import setup\n@setup\nasync def prepare(run): return lambda: 1\n{SELECT}", "@setup"),
]


def test_a_mistake_in_the_scenario_is_answered_with_its_place(bare: Project) -> None:
    for scenario, said in MISTAKES_IN_SCENARIOS:
        bare.run_here(scenario, "--iterations", 1).assert_refused(USAGE, said)


def test_a_scenario_that_is_not_there_names_those_that_are(bare: Project) -> None:
    bare.write("first.py", SELECT)

    bare.here("run", "frist.py", "--json").assert_refused(USAGE, "no scenario file frist.py", "first.py")


# -- runs --------------------------------------------------------------------------------------------------------------


def test_a_run_that_is_not_there_is_named(bare: Project) -> None:
    bare.here("report", "20200101").assert_refused(USAGE, "cannot find run '20200101'", "plimsoll runs")


def test_a_run_of_another_version_is_not_read(bare: Project) -> None:
    run = bare.run_here(SELECT, "--iterations", 5).run
    facts = (run / "run.json").read_text()
    (run / "run.json").write_text(facts.replace('"schema_version": 1', '"schema_version": 7'))

    outcome = bare.here("report", "latest")

    assert (outcome.code, outcome.stdout) == (USAGE, "")
    assert "it has schema version 7, this Plimsoll reads 1" in outcome.stderr
    assert "schema version 7" in bare.here("runs").stdout


def test_a_damaged_run_is_named_and_the_others_are_listed(bare: Project) -> None:
    good = bare.run_here(SELECT, "--iterations", 5).run
    bad = good.with_name("20990101-000000-dead")
    bad.mkdir()
    (bad / "run.json").write_text("{")

    listed = bare.here("runs", "--json")

    assert [row["run_id"] for row in listed.summary["runs"]] == [good.name, bad.name]
    assert "damaged" in listed.summary["runs"][1]["state"]
    assert "damaged" in bare.here("report", bad.name).stderr


def test_requests_without_a_url_are_refused_before_any_load(bare: Project) -> None:
    scenario = "from plimsoll import journey\n@journey\nasync def look(user):\n    await user.http('a', 'GET', '/')\n"

    bare.run_here(scenario, "--iterations", 3).assert_refused(REFUSED, "makes HTTP requests (line 4)", "--url")
