"""What pg_dump is asked for, and how its schema is taken apart."""

from plimsoll.tune.cloning.dump_text import Entry, dump_argv, entries_of, parted, wanted

DUMP = r"""--
-- PostgreSQL database dump
--

\restrict abc

SET check_function_bodies = false;

--
-- Name: pg_cron; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION pg_cron;


SET default_table_access_method = heap;

--
-- Name: Odd; Name; Type: TABLE; Schema: My Shop; Owner: app
--

CREATE TABLE "My Shop"."Odd; Name" (id int);

--
-- Name: odd_idx; Type: INDEX; Schema: My Shop; Owner: app
--

CREATE INDEX odd_idx ON "My Shop"."Odd; Name" (id);

--
-- Name: TABLE "Odd; Name"; Type: ACL; Schema: My Shop; Owner: app
--

GRANT SELECT ON TABLE "My Shop"."Odd; Name" TO reader;

--
-- Name: watch; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--

CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.f();

--
-- PostgreSQL database dump complete
--

\unrestrict abc
"""


def test_a_schema_is_taken_apart_into_its_objects() -> None:
    entries = entries_of(DUMP)
    assert [(one.kind, one.schema, one.name) for one in entries] == [
        ("", "", ""),
        ("EXTENSION", "", "pg_cron"),
        ("TABLE", "My Shop", "Odd; Name"),
        ("INDEX", "My Shop", "odd_idx"),
        ("ACL", "My Shop", 'TABLE "Odd; Name"'),
        ("EVENT TRIGGER", "", "watch"),
    ]
    assert "CREATE TABLE" in entries[2].sql
    assert "INDEX" not in entries[2].sql
    assert entries[2].words == "table Odd; Name"


def test_commands_of_psql_are_no_sql() -> None:
    assert "restrict" not in "".join(one.sql for one in entries_of(DUMP))


def test_indexes_and_rights_come_when_the_rows_are_there() -> None:
    before, after = parted(entries_of(DUMP))
    assert [one.kind for one in before] == ["", "EXTENSION", "TABLE"]
    assert [one.kind for one in after] == ["INDEX", "ACL", "EVENT TRIGGER"]


def test_what_is_left_out_takes_no_setting_of_the_session_with_it() -> None:
    found = list(wanted(entries_of(DUMP), frozenset({"pg_cron"})))
    assert [one.kind for one in found] == ["", "", "TABLE", "INDEX", "ACL"]
    assert found[1] == Entry("", "", "", "SET default_table_access_method = heap;")


def test_schemas_that_are_there_already_and_those_of_extensions_stand_in_no_ones_way() -> None:
    public = Entry("SCHEMA", "", "public", "CREATE SCHEMA public;\nALTER SCHEMA public OWNER TO app;")
    trigrams = Entry("EXTENSION", "", "pg_trgm", 'CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA "Ours";')
    own = Entry("EXTENSION", "", "pg_cron", "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;")
    assert [one.sql for one in wanted([public, trigrams, own], frozenset())] == [
        "CREATE SCHEMA IF NOT EXISTS public;\nALTER SCHEMA public OWNER TO app;",
        f'CREATE SCHEMA IF NOT EXISTS "Ours";\n{trigrams.sql}',
        own.sql,
    ]


def test_a_dump_of_everything_names_no_schema_and_no_address() -> None:
    argv = dump_argv("pg_dump", ["--section=data"], "00-1", (), ["citext"])
    assert argv[0] == "pg_dump"
    assert {"--section=data", "--snapshot=00-1", "--lock-wait-timeout=5000", "--no-password"} <= set(argv)
    assert not [word for word in argv if word.startswith(("--schema=", "--extension=", "--host", "--dbname", "-d"))]


def test_a_dump_of_schemas_takes_their_names_literally_and_the_extensions_with_them() -> None:
    argv = dump_argv("pg_dump", [], "00-1", ['My"Shop*'], ["citext"], ["cron.job"])
    assert '--schema="My""Shop*"' in argv
    assert '--extension="citext"' in argv
    assert "--exclude-table=cron.job" in argv
