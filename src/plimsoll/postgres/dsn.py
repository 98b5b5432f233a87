"""Targets: where to connect, as whom and how, from any connection string and all that libpq takes into account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from plimsoll.core.errors import UsageError
from plimsoll.postgres.passfile import password_from_file
from plimsoll.postgres.tls import SYSTEM_ROOTS, check_tls, system_context
from plimsoll.settings.conninfo import resolve_conninfo
from plimsoll.settings.identity import Identity, identities
from plimsoll.settings.masking import MASK, Secret, mask
from plimsoll.settings.placeholders import is_placeholder

APPLICATION_NAME: Final = "plimsoll"

_SESSION_ATTRS: Final = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_TRUE: Final = ("true", "1", "on", "yes")


@dataclass(frozen=True, slots=True)
class Target:
    """A database, and everything needed to connect to it. Prints without its password; can be sent to a process.

    `endpoints` are (host or socket directory, port), tried in turn. `tls` are libpq's parameters; "sslmode" is always
    among them. `pooler_hint` says whether the DSN itself speaks of a transaction pooler. `notes` are for the reader of
    an error: what was found and not used.
    """

    endpoints: tuple[tuple[str, int], ...]
    user: str
    database: str
    password: Secret | None = None
    tls: Mapping[str, str] = field(default_factory=lambda: {"sslmode": "prefer"}, repr=False, hash=False)
    application_name: str = APPLICATION_NAME
    options: str = ""
    connect_timeout_s: float | None = None
    session_attrs: str = "any"
    kerberos: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    pooler_hint: bool = False
    notes: tuple[str, ...] = ()

    @property
    def display(self) -> str:
        """The target as a URI that may be shown: no password, and nothing of the query."""
        hosts = ",".join(f"{_uri_host(host)}:{port}" for host, port in self.endpoints)
        password = f":{MASK}" if self.password else ""
        return f"postgresql://{quote(self.user)}{password}@{hosts}/{quote(self.database)}"

    @property
    def sslmode(self) -> str:
        """libpq's name of how far TLS is asked for."""
        return self.tls["sslmode"]

    @property
    def identities(self) -> frozenset[Identity]:
        """The keys by which this database is known among environments."""
        return identities(self.endpoints, self.database, self.user)

    def mask(self, text: str) -> str:
        """A text without this target's password, in whatever form it stands there."""
        known = self.password.reveal() if self.password else ""
        if len(known) >= 4:  # a shorter one would be found in ordinary words
            for form in {known, quote(known), quote(known, safe="")}:
                text = text.replace(form, MASK)
        return mask(text)

    def connect_arguments(self) -> dict[str, Any]:
        """Keyword arguments for `asyncpg.connect`; nothing is left for it to look up in variables or files."""
        hosts, ports = zip(*self.endpoints, strict=True)
        settings = {"application_name": self.application_name} | ({"options": self.options} if self.options else {})
        arguments: dict[str, Any] = {
            "host": list(hosts),
            "port": list(ports),
            "user": self.user,
            "database": self.database,
            "password": self.password.reveal() if self.password else "",
            "server_settings": settings,
            "target_session_attrs": self.session_attrs,
            **self.kerberos,
        }
        if self.tls.get("sslrootcert") == SYSTEM_ROOTS:
            return arguments | {"ssl": system_context()}
        return arguments | {"dsn": f"postgresql:///?{urlencode(dict(self.tls), quote_via=quote)}"}


def read_target(
    dsn: str | Secret, environ: Mapping[str, str], *, home: Path | None = None, where: str = "DSN"
) -> Target:
    """The target that a connection string names, completed as libpq does it.

    From the text, the service file, PG* variables in `environ`, `.pgpass` and `.postgresql` in `home` (the user's own).
    `where` names the text in errors. Raises UsageError for what cannot be read or does not fit; no error holds a value
    of the text that could be a secret. Nothing goes over the network.
    """
    home = home or Path.home()
    text = dsn.reveal() if isinstance(dsn, Secret) else dsn
    parameters = resolve_conninfo(text, environ, home=home, where=where)
    ports = map(int, parameters["port"].split(","))
    endpoints = tuple(zip(parameters["host"].split(","), ports, strict=True))
    named = zip(
        parameters.get("hostname", parameters["host"]).split(","), (port for _, port in endpoints), strict=False
    )
    password, note = _password(parameters, tuple(named), home, where)
    return Target(
        endpoints=endpoints,
        user=parameters["user"],
        database=parameters["dbname"],
        password=password,
        tls=check_tls(parameters, home, where),
        application_name=_application_name(parameters),
        options=parameters.get("options", ""),
        connect_timeout_s=_timeout(parameters, where),
        session_attrs=_session_attrs(parameters, where),
        kerberos={key: parameters[key] for key in ("krbsrvname", "gsslib") if key in parameters},
        pooler_hint=parameters.get("pgbouncer", "").lower() in _TRUE,
        notes=tuple(filter(None, (note, _unenforced(parameters)))),
    )


def _password(
    parameters: Mapping[str, str], endpoints: tuple[tuple[str, int], ...], home: Path, where: str
) -> tuple[Secret | None, str]:
    stated = parameters.get("password")
    note = ""
    if stated is None:
        stated, note = password_from_file(parameters, endpoints, home)
    if stated and is_placeholder(stated):
        raise UsageError("the password is a placeholder", where=where, remedy="put the real one there")
    return (Secret(stated) if stated else None), note


def _application_name(parameters: Mapping[str, str]) -> str:
    return parameters.get("application_name") or parameters.get("fallback_application_name") or APPLICATION_NAME


def _timeout(parameters: Mapping[str, str], where: str) -> float | None:
    """Seconds; None where libpq would wait for ever (0, or nothing said)."""
    stated = parameters.get("connect_timeout", "0")
    try:
        seconds = int(stated)
    except ValueError:
        raise UsageError("connect_timeout is not a whole number of seconds", where=where) from None
    return float(seconds) if seconds > 0 else None


def _session_attrs(parameters: Mapping[str, str], where: str) -> str:
    stated = parameters.get("target_session_attrs", "any")
    if stated not in _SESSION_ATTRS:
        raise UsageError("unknown target_session_attrs", where=where, remedy=f"one of {', '.join(_SESSION_ATTRS)}")
    return stated


def _unenforced(parameters: Mapping[str, str]) -> str:
    if parameters.get("channel_binding") != "require":
        return ""
    return "channel_binding=require cannot be enforced by this driver; sslmode=verify-full protects as well"


def _uri_host(host: str) -> str:
    if host.startswith("/"):
        return quote(host, safe="")
    return f"[{host}]" if ":" in host else host
