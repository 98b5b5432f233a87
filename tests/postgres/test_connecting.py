"""A connection opens, or is refused with cause and remedy and without the password. On real servers."""

import asyncio
import gc
import socket
import warnings
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.embedded import PostgresServer
from plimsoll.postgres.connecting import connect, connect_raw, learn_traits
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.error_classes import error_class
from plimsoll.postgres.refusals import refusal
from plimsoll.postgres.session import SessionTraits
from plimsoll.postgres.versions import ServerVersion
from tests.postgres.conftest import TlsServer, free_port

PASSWORD = "Zq7-wrong"


def target(dsn: str) -> Target:
    return read_target(dsn, {})


def ask(dsn: str, query: str, *, prepared: bool | None = None) -> Any:
    async def answer() -> Any:
        connection = await connect(target(dsn), prepared=prepared)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def refused(dsn: str, *, timeout_s: float | None = None) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        asyncio.run(connect(target(dsn), timeout_s=timeout_s))
    error = raised.value
    assert error.remedy
    assert error.where.startswith("postgresql://")
    assert "Zq7" not in f"{error} {error!r} {error.remedy} {error.where}"
    return error


def test_it_connects_over_tcp_and_over_the_socket(postgres_server: PostgresServer) -> None:
    for dsn in (postgres_server.dsn, postgres_server.socket_dsn):
        assert ask(dsn, "SELECT current_setting('application_name')") == "plimsoll"


def test_the_server_tells_its_version(postgres_server: PostgresServer) -> None:
    version = ServerVersion.parse(ask(postgres_server.dsn, "SHOW server_version"))
    assert version == ServerVersion.of_number(int(ask(postgres_server.dsn, "SHOW server_version_num")))
    assert version.supported


def test_the_next_host_is_tried(postgres_server: PostgresServer) -> None:
    dsn = postgres_server.dsn.replace("127.0.0.1:", f"127.0.0.1:{free_port()},127.0.0.1:")
    assert ask(dsn, "SELECT 1") == 1


def test_without_a_pooler_statements_may_be_prepared(postgres_server: PostgresServer) -> None:
    assert asyncio.run(learn_traits(target(postgres_server.dsn))) == SessionTraits()
    kept = "SELECT count(*) FROM pg_prepared_statements"
    assert ask(postgres_server.dsn, kept) == 1
    assert ask(postgres_server.dsn, kept, prepared=False) == 0


def test_no_server() -> None:
    port = free_port()
    error = refused(f"postgresql://app:{PASSWORD}@127.0.0.1:{port}/shop")
    assert error.what == "no database server answers"
    assert str(port) in error.why
    assert refused(f"postgresql://app:{PASSWORD}@localhost:{port}/shop").what == error.what
    assert "socket /nowhere" in refused("postgresql:///shop?host=/nowhere&user=app").why


def test_an_unknown_host() -> None:
    error = refused(f"postgresql://app:{PASSWORD}@nowhere.invalid/shop", timeout_s=30)
    assert error.what == "the database's host is unknown"
    assert "nowhere.invalid" in error.why
    assert refused(f"postgresql://app:{PASSWORD}@{'long' * 20}.invalid/shop").what == error.what


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refused(f"postgresql://app:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/shop", timeout_s=0.05)
    assert error.what == "the database server does not answer in time"


def test_a_wrong_password(postgres_server: PostgresServer) -> None:
    error = refused(f"postgresql://plimsoll:{PASSWORD}@127.0.0.1:{postgres_server.port}/postgres")
    assert (error.what, error.why) == ("user 'plimsoll' could not log in", "the password is wrong")


def test_no_password(postgres_server: PostgresServer) -> None:
    error = refused(f"postgresql://plimsoll@127.0.0.1:{postgres_server.port}/postgres")
    assert "none was given" in error.why
    assert "PGPASSWORD" in error.remedy


def test_an_unknown_database(postgres_server: PostgresServer) -> None:
    assert refused(postgres_server.dsn_of("nowhere")).what == "there is no database 'nowhere'"


@pytest.mark.parametrize(
    ("setup", "what"),
    [
        ('ALTER ROLE "{user}" CONNECTION LIMIT 0', "the server has no connection left"),
        ('REVOKE CONNECT ON DATABASE "{user}" FROM public', "user '{user}' may not connect to database '{user}'"),
        ('ALTER ROLE "{user}" NOLOGIN', "the role '{user}' is unknown to the server or may not log in"),
    ],
)
def test_a_role_without_the_right(postgres_server: PostgresServer, database: str, setup: str, what: str) -> None:
    name = database.rpartition("/")[2]
    postgres_server.sql(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{PASSWORD}'", setup.format(user=name))
    try:
        error = refused(f"postgresql://{name}:{PASSWORD}@127.0.0.1:{postgres_server.port}/{name}")
        assert error.what == what.format(user=name)
    finally:
        postgres_server.sql(f'DROP ROLE "{name}"')


def test_tls_that_the_server_does_not_offer(postgres_server: PostgresServer) -> None:
    error = refused(f"{postgres_server.dsn}?sslmode=require")
    assert error.what == "the server did not agree to TLS"
    assert "offers no TLS" in error.why


def test_a_port_that_is_not_postgresqls(hung_up_port: int) -> None:
    assert "closed the connection" in refused(f"postgresql://app:{PASSWORD}@127.0.0.1:{hung_up_port}/shop").what


@pytest.fixture
def hung_up_port() -> Any:
    """A port where somebody accepts and hangs up at once: with nothing waited for, closing is all that happens."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = _hang_up(listener)
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def _hang_up(listener: socket.socket) -> Any:
    import threading

    def work() -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_the_server_shuts_down_or_starts() -> None:
    error = refusal(asyncpg.CannotConnectNowError("the database system is starting up"), target("postgresql://a@db/x"))
    assert (error.what, error.why) == ("the server accepts no connections now", "the database system is starting up")


class TestTls:
    @pytest.fixture(autouse=True)
    def _collect_transports(self) -> Iterator[None]:
        """A loop that ends before the server has answered a TLS goodbye leaves asyncio's transport to the collector."""
        yield
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    def test_it_is_used_where_the_server_demands_it(self, tls_server: TlsServer) -> None:
        query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        for options in ("", "sslmode=require", f"sslmode=verify-full&sslrootcert={tls_server.roots}"):
            assert ask(tls_server.dsn("tls_only", options), query) is True

    def test_doing_without_is_refused(self, tls_server: TlsServer) -> None:
        error = refused(tls_server.dsn("tls_only", "sslmode=disable"))
        assert (error.what, error.remedy) == ("the server demands TLS", "use sslmode=require")

    def test_a_certificate_of_strangers_is_not_trusted(self, tls_server: TlsServer) -> None:
        for mode in (
            "require",
            "verify-ca",
            "verify-full",
        ):  # with a root certificate require verifies too, as in libpq
            error = refused(tls_server.dsn("tls_only", f"sslmode={mode}&sslrootcert={tls_server.strangers}"))
            assert error.what == "the server's certificate is not verified"
        assert refused(tls_server.dsn("tls_only", "sslrootcert=system")).what == error.what

    def test_a_certificate_for_another_name_is_not_trusted(self, tls_server: TlsServer) -> None:
        by_address = f"sslrootcert={tls_server.roots}&sslmode="
        error = refused(tls_server.dsn("tls_only", f"{by_address}verify-full", host="127.0.0.1"))
        assert error.what == "the server's certificate is not verified"
        assert ask(tls_server.dsn("tls_only", f"{by_address}verify-ca", host="127.0.0.1"), "SELECT 1") == 1

    def test_a_client_shows_its_certificate(self, tls_server: TlsServer) -> None:
        shown = f"sslcert={tls_server.client_certificate}&sslkey={tls_server.client_key}"
        assert ask(tls_server.dsn("certified", f"sslmode=require&{shown}"), "SELECT current_user") == "app"

    def test_a_wrong_password_is_told_as_such(self, tls_server: TlsServer) -> None:
        dsn = tls_server.dsn("tls_only").replace("Zq7-app-password", PASSWORD)
        assert refused(dsn).why == "the password is wrong"

    def test_an_unknown_role_and_a_closed_door_are_told_apart(self, tls_server: TlsServer) -> None:
        assert "'nobody' is unknown" in refused(tls_server.dsn("open", user="nobody")).what
        assert "pg_hba.conf" in refused(tls_server.dsn("closed")).what


def test_a_call_that_fails_gets_its_class(postgres_server: PostgresServer) -> None:
    async def classes() -> list[str]:
        found = []
        traits = SessionTraits(statement_timeout_s=0.05)
        connection = await connect_raw(target(postgres_server.dsn), traits, 10)
        for query, *arguments in (
            ("SELEC 1",),
            ("SELECT * FROM nowhere",),
            ("SELECT 1 / 0",),
            ("SELECT pg_sleep(60)",),
            ("SELECT $1::int", "text"),
            ("SELECT $1::int",),
            ("SELECT pg_terminate_backend(pg_backend_pid())",),
            ("SELECT 1",),
        ):
            with pytest.raises(Exception) as raised:  # noqa: PT011 -- which one is what is asked
                await connection.fetch(query, *arguments)
            found.append(error_class(raised.value))
        return found

    own = ["client: DataError", "client: InterfaceError"]
    assert asyncio.run(classes()) == ["42601", "42P01", "22012", "57014", *own, "57P01", "connection lost"]


async def write(connection: asyncpg.Connection, traits: SessionTraits, *statements: str) -> str:
    try:
        await connection.execute(traits.begin_sql)
        for statement in statements:
            await connection.execute(statement)
        await connection.execute("COMMIT")
    except asyncpg.PostgresError as error:
        await connection.execute("ROLLBACK")
        return error_class(error)
    return "written"


def test_the_server_itself_holds_a_protected_session_to_reading(database: str) -> None:
    async def outcomes() -> list[str]:
        traits = await learn_traits(target(database), protected=True, statement_timeout_s=0.05)
        connection = await connect_raw(target(database), traits, 10)
        try:
            return [
                await write(connection, traits, "CREATE TABLE t (id int)"),
                await write(connection, traits, "SET TRANSACTION READ WRITE", "CREATE TABLE t (id int)"),
                await write(connection, traits, "SET transaction_read_only = off", "CREATE TABLE t (id int)"),
                await write(connection, traits, "SELECT pg_sleep(60)"),
            ]
        finally:
            await connection.close()

    assert asyncio.run(outcomes()) == ["25006", "25001", "25001", "57014"]
