"""PostgreSQL connection strings as libpq reads them: the text, the service file, PG* variables, defaults.

Grammar: "Connection Strings" in PostgreSQL's documentation of libpq. Beyond it, a URI may name a driver
(`postgresql+asyncpg://`) and carry the query parameters of other tools, because people paste what they have.
No error holds any part of the text but names of parameters: a misplaced character can turn anything into a password.
"""

import configparser
import getpass
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from plimsoll.core.errors import UsageError
from plimsoll.settings.placeholders import is_placeholder

# What Plimsoll heeds, with the variable that supplies it when the text does not. Source: libpq's PQconninfoOptions.
HEEDED: Final[Mapping[str, str | None]] = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE",
    "user": "PGUSER", "password": "PGPASSWORD", "passfile": "PGPASSFILE",
    "service": "PGSERVICE", "servicefile": "PGSERVICEFILE",
    "connect_timeout": "PGCONNECT_TIMEOUT", "options": "PGOPTIONS",
    "application_name": "PGAPPNAME", "fallback_application_name": None,
    "target_session_attrs": "PGTARGETSESSIONATTRS", "channel_binding": "PGCHANNELBINDING",
    "sslmode": "PGSSLMODE", "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslpassword": None,
    "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION", "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "krbsrvname": "PGKRBSRVNAME", "gsslib": "PGGSSLIB",
    "pgbouncer": None,
}  # fmt: skip

# Tuning of libpq itself, or of other clients' pools (Prisma, Supabase): without meaning here and harmless to leave out.
IGNORED: Final = frozenset({
    "client_encoding", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
    "gssencmode", "gssdelegation", "sslcompression", "sslsni", "sslcertmode", "sslkeylogfile", "load_balance_hosts",
    "min_protocol_version", "max_protocol_version", "connection_limit", "pool_timeout", "supa", "prepare_threshold",
    "prepared_statement_cache_size", "uselibpqcompat",
})  # fmt: skip

_OTHER_NAMES: Final = {"database": "dbname", "username": "user", "ssl_mode": "sslmode"}
_DEFAULT_SOCKETS: Final = "/var/run/postgresql,/tmp,localhost"
_REMEDY: Final = "write postgresql://user:password@host:5432/database, with odd characters encoded (@ is %40, / %2F)"


def parse_conninfo(text: str, *, where: str = "DSN") -> dict[str, str]:
    """The parameters that a URI or a `key=value` text states, by libpq's names, decoded; nothing is filled in.

    `where` names the text in errors. Raises UsageError, which never quotes the text.
    """
    text = text.strip()
    scheme, separator, rest = text.partition("://")
    if separator and scheme.replace("+", "").isalnum():
        return _checked(_uri_pairs(scheme, rest, where), where)
    if "=" in text:
        return _checked(_keyword_pairs(text, where), where)
    raise UsageError(
        "this is not a connection string", where=where, why="neither a URI nor key=value pairs", remedy=_REMEDY
    )


def resolve_conninfo(
    text: str, environ: Mapping[str, str], *, home: Path | None = None, where: str = "DSN"
) -> dict[str, str]:
    """All parameters of a connection, filled in as libpq does; always has `host`, `port`, `dbname` and `user`.

    `environ` supplies PG* variables; `home` holds `.pg_service.conf`, which is read only when a service is named.
    `host` and `port` are comma lists of equal length; with a `hostaddr`, `host` is that and `hostname` the name beside
    it. Nothing goes over the network.
    """
    stated = parse_conninfo(text, where=where)
    variables = {key: environ[name] for key, name in HEEDED.items() if name and environ.get(name)}
    service = stated.get("service") or variables.get("service")
    from_service = {}
    if service:
        file = stated.get("servicefile") or variables.get("servicefile")
        path = Path(file) if file else (home or Path.home()) / ".pg_service.conf"
        from_service = _service_parameters(service, path, where)
    return _with_defaults(variables | from_service | stated, where)


def _uri_pairs(scheme: str, rest: str, where: str) -> Iterator[tuple[str, str]]:
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise UsageError(
            "this connection string is not PostgreSQL's", where=where, why=f"its scheme is {scheme}://", remedy=_REMEDY
        )
    rest, _, query = rest.partition("?")
    authority, _, database = rest.partition("/")
    user_info, at, host_list = authority.rpartition("@")
    if not at and "@" in database:
        raise _unencoded("a / stands before the @", where)
    user, _, password = user_info.partition(":")
    hosts, ports = _split_hosts(host_list, where)
    parts = {"user": user, "password": password, "host": hosts, "port": ports, "dbname": database}
    yield from ((key, unquote(value)) for key, value in parts.items() if value.strip(","))
    yield from _query_pairs(query, where)


def _split_hosts(host_list: str, where: str) -> tuple[str, str]:
    hosts, ports = [], []
    for spec in host_list.split(","):
        if spec.startswith("["):
            host, bracket, tail = spec[1:].partition("]")
            if not bracket or (tail and not tail.startswith(":")):
                raise _unencoded("a [ without its ]", where)
            port = tail[1:]
        else:
            host, _, port = spec.partition(":")
        if port and not port.isdecimal():
            why = "the port was never filled in" if is_placeholder(port) else "the port is not a number"
            raise _unencoded(why, where)
        hosts.append(host)
        ports.append(port)
    return ",".join(hosts), ",".join(ports)


def _unencoded(why: str, where: str) -> UsageError:
    return UsageError("cannot read the connection string", where=where, why=why, remedy=_REMEDY)


def _query_pairs(query: str, where: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise _unencoded("a query parameter has no value", where)
        if key == "ssl" and value == "true":  # libpq honours this one of JDBC's
            key, value = "sslmode", "require"
        yield unquote(key), unquote(value)


def _keyword_pairs(text: str, where: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        key, equals, _ = text[position:].partition("=")
        if not equals or len(key.split()) != 1:
            raise UsageError(
                "cannot read the connection string",
                where=where,
                why="a parameter has no value, or a value with spaces has no quotes",
                remedy="write host=... port=5432 dbname=... user=... password='with spaces'",
            )
        position += len(key) + 1
        value, position = _keyword_value(text, position, where)
        yield key.strip(), value
        position += len(text[position:]) - len(text[position:].lstrip())


def _keyword_value(text: str, position: int, where: str) -> tuple[str, int]:
    """The value that starts at a position, and where it ends. A backslash takes the next character as it is."""
    while text[position : position + 1].isspace():
        position += 1
    quoted = text[position : position + 1] == "'"
    position += quoted
    value: list[str] = []
    while position < len(text):
        character = text[position]
        position += 1
        if quoted and character == "'":
            return "".join(value), position
        if not quoted and character.isspace():
            return "".join(value), position
        if character == "\\" and position < len(text):
            character = text[position]
            position += 1
        value.append(character)
    if quoted:
        raise _unencoded("a quoted value has no closing '", where)
    return "".join(value), position


def _checked(pairs: Iterator[tuple[str, str]], where: str) -> dict[str, str]:
    """The heeded parameters, under libpq's names; the later of two wins; an unknown one is an error."""
    heeded = {}
    for stated, value in pairs:
        key = _OTHER_NAMES.get(stated, stated)
        if key in HEEDED:
            if value:
                heeded[key] = value
        elif key not in IGNORED:
            raise _unknown_parameter(key, where)
    return heeded


def _unknown_parameter(key: str, where: str) -> UsageError:
    nearest = get_close_matches(key, [*HEEDED, *IGNORED], n=1)
    if not key.isidentifier():
        return _unencoded("the name of a parameter is not a word", where)
    return UsageError(
        f"unknown connection parameter {key!r}",
        where=where,
        remedy=f"did you mean {nearest[0]!r}?" if nearest else "leave it out; settings of the server go into options",
    )


def _service_parameters(service: str, path: Path, where: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        section = parser[service]
    except (OSError, UnicodeDecodeError, configparser.Error):
        raise UsageError(
            f"cannot read the service file {path}", where=where, remedy="set PGSERVICEFILE, or mend the file"
        ) from None
    except KeyError:
        nearest = get_close_matches(service, parser.sections(), n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else "add a section of that name"
        raise UsageError(f"{path} has no service {service!r}", where=where, remedy=hint) from None
    return _checked(iter(section.items()), f"{path}, [{service}]")


def _with_defaults(parameters: dict[str, str], where: str) -> dict[str, str]:
    hosts = (parameters.get("hostaddr") or parameters.get("host") or _DEFAULT_SOCKETS).split(",")
    ports = (parameters.get("port") or "5432").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise UsageError(f"{len(ports)} ports for {len(hosts)} hosts", where=where, remedy="state one port, or each")
    if not all(not port or (port.isdecimal() and 0 < int(port) < 65536) for port in ports):
        raise UsageError("the port is not a number from 1 to 65535", where=where, remedy=_REMEDY)
    user = parameters.get("user") or getpass.getuser()
    return (
        parameters
        | {
            "host": ",".join(host or "localhost" for host in hosts),
            "port": ",".join(port or "5432" for port in ports),
            "user": user,
            "dbname": parameters.get("dbname") or user,
        }
        | ({"hostname": parameters["host"]} if "hostaddr" in parameters and "host" in parameters else {})
    )
