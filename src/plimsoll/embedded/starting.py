"""Starting a PostgreSQL server of our own: where, as whom, on what data, until it takes connections."""

import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import conf, failures
from plimsoll.embedded.account import Account, server_account
from plimsoll.embedded.binaries import PostgresBinaries, find_binaries
from plimsoll.embedded.cluster import (
    PASSWORD_NAME,
    Cluster,
    check_owner,
    find_cluster,
    is_ready,
    lock,
    make_parents,
)
from plimsoll.embedded.guarded import Guarded
from plimsoll.embedded.places import append_private, make_private, make_room, room, size, tail, usable, write_private
from plimsoll.embedded.reach import within_reach
from plimsoll.embedded.server import PostgresServer, Site

READY_SECONDS_MAX = 30.0
INITDB_SECONDS_MAX = 60.0
PORTS_TRIED = 5  # somebody may take a port between our finding and the server's binding it
LOOK_SECONDS = 0.01
LOG_NAME = "plimsoll.log"


def start_postgres(
    data_dir: Path | None = None,
    *,
    binaries: PostgresBinaries | None = None,
    settings: Mapping[str, str] | None = None,
) -> PostgresServer:
    """Start a server and return when it takes connections (about a second for a new one).

    `data_dir` is made when it is missing or empty and kept, password included; without it the data lives as long as the
    server. `settings` go above our defaults for this start. Raises UsageError for settings that cannot be, ServiceError
    with the log's last lines for everything else that goes wrong; nothing is left behind then.
    """
    conf.check_settings(settings or {})
    binaries = binaries or find_binaries()
    cluster = None if data_dir is None else find_cluster(Path(data_dir), binaries)
    account = server_account(cluster.owner if cluster else None)
    if cluster is not None:
        check_owner(cluster, account)
    reachable = within_reach(binaries, account)
    held = [] if cluster is None else [_hold(cluster, account)]
    try:
        guarded = Guarded(held)
    finally:
        for lock_held in held:
            os.close(lock_held)  # the guard has it now
    try:
        return _start(guarded, cluster, account, reachable, settings or {})
    except OSError as error:
        guarded.end()
        raise _cannot_write(error, data_dir) from error
    except BaseException:
        guarded.end()
        raise


def _hold(cluster: Cluster, account: Account | None) -> int:
    try:
        if cluster.owner is None:
            make_parents(cluster.path)
            make_private(cluster.path, account)
        return lock(cluster.path)
    except FileExistsError as error:
        raise failures.in_use(cluster.path, None) from error
    except OSError as error:
        raise _cannot_write(error, cluster.path) from error


def _cannot_write(error: OSError, data_dir: Path | None) -> ServiceError:
    place = Path(error.filename) if isinstance(error.filename, str) else data_dir or Path(tempfile.gettempdir())
    if failures.disk_full(error):
        return failures.no_space(place)
    return ServiceError("cannot prepare PostgreSQL's data", where=str(place), why=error.strerror or str(error))


def _start(
    guarded: Guarded,
    cluster: Cluster | None,
    account: Account | None,
    binaries: PostgresBinaries,
    settings: Mapping[str, str],
) -> PostgresServer:
    site = _settle(guarded, cluster, account, binaries)
    if cluster is not None and cluster.version is not None:
        password = cluster.password()
    elif cluster is not None and cluster.owner is None:
        guarded.own(cluster.path, account)  # until it is whole: half a data directory helps nobody
        password = _initialise(guarded, site)
        guarded.keep(cluster.path)
    else:
        password = _initialise(guarded, site)
    libraries = tuple(name for name in conf.LIBRARIES if binaries.has_library(name))
    write_private(site.data_dir / conf.CONF_NAME, conf.settings_text(libraries, settings), account)
    port, pid = _serve(guarded, site)
    server = PostgresServer(site, guarded, port=port, pid=pid, password=password)
    if "pg_stat_statements" in libraries:
        for database in ("template1", "postgres"):
            server.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", database=database)
    return server


def _settle(guarded: Guarded, cluster: Cluster | None, account: Account | None, binaries: PostgresBinaries) -> Site:
    base = room(account)
    home = make_room(guarded, base, account)
    socket_dir = make_private(home / "s", account)
    if cluster is not None:
        return Site(binaries, account, cluster.path, socket_dir, cluster.path / LOG_NAME, throwaway=False)
    system = Path(tempfile.gettempdir()).resolve()
    data_home = make_room(guarded, system, account) if system != base and usable(system, account) else home
    data_dir = make_private(data_home / "data", account)
    return Site(binaries, account, data_dir, socket_dir, home / LOG_NAME, throwaway=True)


def _initialise(guarded: Guarded, site: Site) -> str:
    """Make the cluster; returns the superuser's password."""
    password = secrets.token_urlsafe(24)
    password_file = site.socket_dir / "password"
    write_private(password_file, password + "\n", site.account)
    options = conf.initdb_options(
        site.data_dir,
        password_file,
        major=site.binaries.major,
        linux=sys.platform == "linux",
        durable=not site.throwaway,
    )
    try:
        ended = guarded.run([site.binaries.program("initdb"), *options], site.account, timeout=INITDB_SECONDS_MAX)
    except TimeoutError as error:
        raise failures.not_ready(site.data_dir, INITDB_SECONDS_MAX, "initdb did not end") from error
    finally:
        password_file.unlink(missing_ok=True)
    if ended.code:
        raise failures.explain("initdb failed", ended.output, site.data_dir)
    _include_our_settings(site)
    write_private(site.data_dir / PASSWORD_NAME, password + "\n", site.account)
    return password


def _include_our_settings(site: Site) -> None:
    append_private(site.data_dir / "postgresql.conf", f"\ninclude = '{conf.CONF_NAME}'\n")


def _serve(guarded: Guarded, site: Site) -> tuple[int, int]:
    """Start the server on a free port and wait until it is ready; returns port and process id."""
    program = site.binaries.program("postgres")
    for _ in range(PORTS_TRIED):
        port = free_port()
        argv: list[str | Path] = [program, *conf.server_options(site.data_dir, site.socket_dir, port)]
        since = size(site.log_path)
        pid = guarded.serve(argv, site.account, log=site.log_path, throwaway=site.throwaway)
        code = _await_ready(guarded, site, pid, since)
        if code is None:
            return port, pid
        said = tail(site.log_path, since)
        if failures.PORT_TAKEN not in said:
            raise failures.explain(f"PostgreSQL ended at its start (exit code {code})", said, site.data_dir)
    raise ServiceError("no port stayed free long enough for PostgreSQL", why=f"{PORTS_TRIED} were taken by others")


def _await_ready(guarded: Guarded, site: Site, pid: int, since: int) -> int | None:
    """None when it is ready, its exit code when it ended instead."""
    give_up = time.monotonic() + READY_SECONDS_MAX
    while not is_ready(site.data_dir, pid):
        if (code := guarded.server_exit(LOOK_SECONDS)) is not None:
            return code
        if time.monotonic() > give_up:
            raise failures.not_ready(site.data_dir, READY_SECONDS_MAX, tail(site.log_path, since))
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
