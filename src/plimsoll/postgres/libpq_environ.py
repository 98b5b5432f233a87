"""A target for programs of PostgreSQL: all in variables of their environment, nothing in arguments that others see."""

from collections.abc import Mapping
from typing import Final

from plimsoll.postgres.dsn import Target
from plimsoll.settings.conninfo import HEEDED

PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def libpq_environment(target: Target, *, options: str = "") -> dict[str, str]:
    """The whole environment of such a program. `options` come after the target's own."""
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
        "PGGSSENCMODE": "disable",  # the driver encrypts by TLS alone
        "PGPASSFILE": "/dev/null",  # the password was looked up already
        "PGOPTIONS": f"{target.options} {options}".strip(),
        **password,
        **_named(target.tls),
        **_named(target.kerberos),
    }


def _named(parameters: Mapping[str, str]) -> dict[str, str]:
    return {variable: value for name, value in parameters.items() if (variable := HEEDED.get(name))}
