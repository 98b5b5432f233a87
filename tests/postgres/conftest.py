"""Servers with TLS, and poolers: Debian's PostgreSQL 15 and PgBouncer, or their absence by name."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.embedded.account import server_account
from plimsoll.testing.postgres import all_wanted, server_binaries

APP_PASSWORD = "Zq7-app-password"


@dataclass(frozen=True)
class TlsServer:
    """A server that has a certificate for `localhost`. Database `tls_only` admits nobody without TLS, `certified` asks
    for a client's certificate, `closed` admits nobody; `open` trusts everybody. `roots` signed, `strangers` did not."""

    server: PostgresServer
    roots: Path
    strangers: Path
    client_certificate: Path
    client_key: Path

    def dsn(self, database: str, query: str = "", *, host: str = "localhost", user: str = "app") -> str:
        return f"postgresql://{user}:{APP_PASSWORD}@{host}:{self.server.port}/{database}?{query}"


def own(path: Path) -> None:
    """Give a path to the account that servers run under."""
    account = server_account()
    if account is not None:
        os.chown(path, account.uid, account.gid)


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """A directory that the servers' account can reach; pytest's own is closed to it."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-test-") as name:
        own(Path(name))
        yield Path(name)


def openssl(directory: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)


def make_authority(directory: Path, name: str) -> Path:
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(directory, *request, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")
    return directory / f"{name}.crt"


def make_certificate(directory: Path, authority: str, name: str, subject: str) -> tuple[Path, Path]:
    """A certificate and its key."""
    request = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={subject}"]
    openssl(directory, *request, "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (directory / f"{name}.ext").write_text(f"subjectAltName=DNS:{subject}\n")
    signed = ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-extfile", f"{name}.ext"]
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-days", "2", *signed, "-out", f"{name}.crt")
    key = directory / f"{name}.key"
    key.chmod(0o600)
    own(key)
    return directory / f"{name}.crt", key


@pytest.fixture(scope="session")
def tls_server(server_directory: Path) -> Iterator[TlsServer]:
    binaries = server_binaries(15)
    directory = server_directory / "tls"
    directory.mkdir(mode=0o755)
    roots, strangers = make_authority(directory, "roots"), make_authority(directory, "strangers")
    certificate, key = make_certificate(directory, "roots", "server", "localhost")
    client_certificate, client_key = make_certificate(directory, "roots", "client", "app")
    settings = {
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": str(key),
        "ssl_ca_file": str(roots),
        "lc_messages": "C",
    }
    with start_postgres(binaries=binaries, settings=settings) as server:
        server.sql(f"CREATE ROLE app LOGIN PASSWORD '{APP_PASSWORD}'")
        for database in ("tls_only", "certified", "closed", "open"):
            server.create_database(database)
        rules = [
            "hostssl tls_only all all scram-sha-256",
            "hostssl certified all all cert",
            "host open all all trust",
        ]
        hba = server.data_dir / "pg_hba.conf"
        ours = [line for line in hba.read_text().splitlines() if line.startswith("local")]
        hba.write_text("\n".join([*ours, *rules, ""]))
        server.sql("SELECT pg_reload_conf()")
        yield TlsServer(server, roots, strangers, client_certificate, client_key)


@dataclass(frozen=True)
class Pooler:
    """A PgBouncer in transaction mode before the embedded server, two connections to a database at most."""

    port: int
    server: PostgresServer

    def dsn(self, database: str = "postgres", *, password: str = APP_PASSWORD, query: str = "") -> str:
        return f"postgresql://app:{password}@127.0.0.1:{self.port}/{database}?{query}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def pgbouncer_program() -> str:
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        words = "left out: PgBouncer (Debian's package pgbouncer is not installed)"
        if all_wanted():
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    return found


@pytest.fixture(scope="session")
def pooler(postgres_server: PostgresServer, server_directory: Path) -> Iterator[Pooler]:
    with running_pooler(postgres_server, server_directory) as running:
        yield running


@contextmanager
def running_pooler(server: PostgresServer, directory: Path) -> Iterator[Pooler]:
    """Before all databases of a server, as its role `app`; its files go into the directory."""
    program, port = pgbouncer_program(), free_port()
    if not server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'app'"):  # else the fixture of another directory made it
        server.sql(f"CREATE ROLE app LOGIN PASSWORD '{APP_PASSWORD}'")
    (directory / "users.txt").write_text(f'"app" "{APP_PASSWORD}"\n')
    configuration = directory / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port} user=app password={APP_PASSWORD}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\npool_mode = transaction\n"
        f"auth_type = scram-sha-256\nauth_file = {directory / 'users.txt'}\ndefault_pool_size = 2\n"
    )
    process = start_as_server([program, str(configuration)])
    assert process.stderr is not None
    for line in process.stderr:
        if "process up" in line:
            break
    else:
        pytest.fail(f"PgBouncer did not start (exit code {process.wait()})", pytrace=False)
    yield Pooler(port, server)
    process.terminate()
    process.communicate()


def start_as_server(argv: list[str]) -> "subprocess.Popen[str]":
    """Start a program under the account that servers run under; it speaks on standard error."""
    account = server_account()
    identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, **identity)  # type: ignore[call-overload,no-any-return]  # keywords by name
