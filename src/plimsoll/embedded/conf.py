"""What our servers are told: pure text for `initdb`, `plimsoll.conf` and the command line."""

import re
from collections.abc import Mapping
from pathlib import Path

from plimsoll.core.errors import UsageError

SUPERUSER = "plimsoll"
CONF_NAME = "plimsoll.conf"
LIBRARIES = ("pg_stat_statements", "auto_explain")

# Statements are watched from the start; plans are not, until somebody lowers auto_explain's threshold. fsync stays on:
# a server that skips it is faster than any that one may run.
DEFAULTS: Mapping[str, str] = {
    "max_connections": "300",
    "track_io_timing": "on",
}
AUTO_EXPLAIN_QUIET: Mapping[str, str] = {"auto_explain.log_min_duration": "-1"}
# Given on the command line, by us alone: they are where the server is found and guarded.
OURS = frozenset(
    {"port", "listen_addresses", "unix_socket_directories", "logging_collector", "log_destination", "data_directory"}
    | {"config_file", "hba_file", "ident_file", "external_pid_file"}
)
SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")


def check_settings(settings: Mapping[str, str]) -> None:
    """Raises UsageError for a name that cannot be one, one that is ours to set, or a value of several lines."""
    for name, value in settings.items():
        if not SETTING_NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a PostgreSQL setting", remedy="use one of SHOW ALL's names")
        if name.lower() in OURS:
            raise UsageError(f"the setting {name} is not free", why="it says where the embedded server is found")
        if re.search(r"[\r\n\0]", str(value)):
            raise UsageError(f"the value of {name} has more than one line")


def settings_text(libraries: tuple[str, ...], wanted: Mapping[str, str]) -> str:
    """The content of plimsoll.conf: our defaults, what can be preloaded, and above both what was asked for."""
    preloaded = {"shared_preload_libraries": ",".join(libraries)} if libraries else {}
    quiet = AUTO_EXPLAIN_QUIET if "auto_explain" in libraries else {}
    merged = {**DEFAULTS, **preloaded, **quiet, **{name.lower(): str(value) for name, value in wanted.items()}}
    lines = [f"{name} = {quoted(value)}" for name, value in merged.items()]
    return "\n".join(["# Written by Plimsoll at each start. ALTER SYSTEM overrides it.", *lines, ""])


def quoted(value: str) -> str:
    """A value as postgresql.conf wants it."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def initdb_options(data_dir: Path, password_file: Path, *, major: int, linux: bool, durable: bool) -> list[str]:
    """For UTF-8 that sorts by code point everywhere: since 17 PostgreSQL brings its own C.UTF-8, before it the system's
    is taken where there surely is one."""
    provided = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    system = ["--locale=C.UTF-8" if linux else "--locale=C"]
    return [
        f"--pgdata={data_dir}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *(provided if major >= 17 else system),
        *([] if durable else ["--no-sync"]),
    ]


def server_options(data_dir: Path, socket_dir: Path, port: int) -> list[str]:
    """What holds for this start alone, and what the guard stands on: it reads the log from standard error."""
    folder = str(socket_dir).replace('"', '""')  # the setting is a list: a comma in a path would part it
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": f'"{folder}"',
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
        "log_destination": "stderr",
    }
    return ["-D", str(data_dir), *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]
