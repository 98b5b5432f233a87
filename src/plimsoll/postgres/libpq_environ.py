"""A target for programs of PostgreSQL: all in variables of their environment, nothing in arguments that others see."""

from collections.abc import Mapping
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import Target
from plimsoll.settings.conninfo import HEEDED

PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def libpq_environment(target: Target, *, options: str = "") -> dict[str, str]:
    """The whole environment of such a program. `options` come after the target's own. Raises RefusedError for a client
    key with a password of its own, for which libpq has no variable."""
    if "sslpassword" in target.tls:
        raise RefusedError(
            "PostgreSQL's programs cannot be told the password of a client key",
            where=target.display,
            why="libpq takes sslpassword from a connection string alone, which others on this machine could read",
            remedy="use a key without a password that only you can read",
        )
    hosts, ports = zip(*target.endpoints, strict=True)
    password = {"PGPASSWORD": target.password.reveal()} if target.password else {}
    return {
        "PATH": PATH,
        "LC_ALL": "C",
        "PGCLIENTENCODING": "UTF8",
        "PGHOST": ",".join(hosts),
        "PGPORT": ",".join(map(str, ports)),
        "PGUSER": target.user,
        "PGDATABASE": target.database,
        "PGAPPNAME": target.application_name,
        "PGTARGETSESSIONATTRS": target.session_attrs,
        "PGCONNECT_TIMEOUT": str(round(target.connect_timeout_s or 10)),
        "PGPASSFILE": "/dev/null",  # the password was looked up already
        "PGOPTIONS": f"{target.options} {options}".strip(),
        **password,
        **_named(target.tls),
        **_named(target.kerberos),
    }


def _named(parameters: Mapping[str, str]) -> dict[str, str]:
    return {variable: value for name, value in parameters.items() if (variable := HEEDED.get(name))}
