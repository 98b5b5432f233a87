"""Environments: named targets with limits, and what is refused before anything is done to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, Literal, TypeVar

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.profile import Profile
from plimsoll.core.units import format_duration
from plimsoll.settings.conninfo import parse_conninfo, resolve_conninfo
from plimsoll.settings.identity import Identity, identities
from plimsoll.settings.masking import Secret
from plimsoll.settings.placeholders import holds_placeholder, is_placeholder
from plimsoll.settings.web import WebSettings

EMBEDDED: Final = "embedded"
PER_USER: Final = "per-user"

_PARTS: Final = {"user": "user", "password": "password", "dbname": "database", "sslpassword": "sslpassword"}
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True)
class Environment:
    """A named target and its limits (None: no limit). `database` is "embedded", a DSN, "env:NAME", or None without one.

    `connections` is "per-user" or the size of a pool in each process. `prepared`: None finds out whether a transaction
    pooler stands between, which true and false override. `reset` is what `plimsoll.settings.reset.Reset` reads.
    `serve` is the name of the `plimsoll serve` behind the URL, where that is not its address.
    `watch_database` is the same database as a role that may see more of it: by it the server is watched.
    """

    name: str
    database: Secret | None = None
    url: str | None = None
    connections: int | Literal["per-user"] = PER_USER
    protected: bool = False
    max_users: int | None = None
    max_rate: float | None = None
    max_duration_s: float | None = None
    statement_timeout_s: float = 30.0
    prepared: bool | None = None
    reset: str | None = None
    web: WebSettings = field(default_factory=WebSettings)
    watch_database: Secret | None = None
    serve: str | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the database is one that Plimsoll starts itself."""
        return self.database == Secret(EMBEDDED)

    @property
    def variable(self) -> str | None:
        """The name of the environment variable that holds the DSN, if one does."""
        return _variable(self.database)

    @property
    def where(self) -> str:
        """How errors name the place of the DSN; never its value."""
        place = f"environment {self.name!r}"
        return f"{place}, variable {self.variable}" if self.variable else place

    def dsn(self, environ: Mapping[str, str]) -> Secret:
        """The DSN, taken from `environ` where the file says so; refuses one that was never filled in.

        Raises RefusedError for unset variables and placeholders, UsageError for what cannot be read; neither holds the
        value. Not for an embedded database, which has no DSN before it runs.
        """
        if self.database is None or self.is_embedded:
            why = "its database is embedded" if self.database else "it names no database"
            raise UsageError(
                "there is no DSN", where=self.where, why=why, remedy="state a DSN, or env:NAME, as database"
            )
        return _filled_in(self.database, environ, self.where)

    def watch_dsn(self, environ: Mapping[str, str]) -> Secret | None:
        """The DSN by which it is watched; None where that is the one that is loaded. Raises as `dsn` does."""
        if self.watch_database is None:
            return None
        return _filled_in(self.watch_database, environ, f"environment {self.name!r}, watch_database")

    def identities(self, environ: Mapping[str, str]) -> frozenset[Identity]:
        """The keys by which its database is known; none while it is embedded or its variable is unset."""
        if self.database is None or self.is_embedded or (self.variable and not environ.get(self.variable)):
            return frozenset()
        return dsn_identities(_value(self.database, environ, self.where), environ, where=self.where)


def _variable(stated: Secret | None) -> str | None:
    text = stated.reveal() if stated else ""
    return text.removeprefix("env:").strip() if text.startswith("env:") else None


def _filled_in(stated: Secret, environ: Mapping[str, str], where: str) -> Secret:
    dsn = Secret(_value(stated, environ, where))
    refuse_placeholders(dsn, where=where)
    return dsn


def _value(stated: Secret, environ: Mapping[str, str], where: str) -> str:
    variable = _variable(stated)
    if variable is None:
        return stated.reveal()
    value = environ.get(variable, "").strip()
    if not value:
        state = "empty" if variable in environ else "not set"
        raise RefusedError(
            "no database to connect to",
            where=where,
            why=f"the variable is {state}",
            remedy=f"export {variable}=postgresql://user:password@host:5432/database",
        )
    return value


def dsn_identities(dsn: str, environ: Mapping[str, str], *, where: str = "DSN") -> frozenset[Identity]:
    """The keys of the database that a DSN leads to, with the PG* variables and service files that fill it in."""
    parameters = resolve_conninfo(dsn, environ, where=where)
    ports = [int(port) for port in parameters["port"].split(",")]
    endpoints = list(zip(parameters["host"].split(","), ports, strict=True))
    if "hostname" in parameters:
        endpoints += [(host, port) for host in parameters["hostname"].split(",") for port in ports]
    return identities(endpoints, parameters["dbname"], parameters["user"])


def refuse_placeholders(dsn: Secret, *, where: str) -> None:
    """Raises RefusedError naming the part of a DSN that was never filled in, and the place, never the value."""
    if is_placeholder(dsn.reveal()):
        raise _unfilled("the whole value", where)
    parts = parse_conninfo(dsn.reveal(), where=where)
    for key, said in _PARTS.items():
        if key in parts and is_placeholder(parts[key]):
            raise _unfilled(f"the {said} in the DSN", where)
    if any(holds_placeholder(host) or is_placeholder(host) for host in parts.get("host", "").split(",") if host):
        raise _unfilled("the host in the DSN", where)


def refuse_placeholder_url(url: str, *, where: str) -> None:
    """Raises RefusedError for a URL of which a part was never filled in."""
    if not url.strip() or holds_placeholder(url):
        raise _unfilled("the url", where)


def _unfilled(part: str, where: str) -> RefusedError:
    return RefusedError(
        "a placeholder was never filled in", where=where, why=f"{part} is one", remedy="put the real value there"
    )


def check_limits(environment: Environment, profile: Profile) -> None:
    """Raises RefusedError if the profile asks for more than the environment allows; names limits and what was asked.

    A closed-loop profile has no rate to compare: what it may reach is the driver's to hold to `max_rate`.
    """
    broken = list(_broken_limits(environment, profile))
    if broken:
        raise RefusedError(
            f"profile {profile.name!r} asks for more than environment {environment.name!r} allows",
            why="; ".join(broken),
            remedy="ask for less, or raise the limit in plimsoll.toml if the target can take it",
        )


def _broken_limits(environment: Environment, profile: Profile) -> Iterator[str]:
    if environment.max_users is not None and profile.users_max > environment.max_users:
        yield f"max_users is {environment.max_users}, asked for {profile.users_max}"
    if environment.max_rate is not None and profile.open_loop and profile.peak_level > environment.max_rate:
        yield f"max_rate is {environment.max_rate:g}/s, asked for {profile.peak_level:g}/s"
    if environment.max_duration_s is not None and profile.total_s > environment.max_duration_s:
        limit, asked = format_duration(environment.max_duration_s), format_duration(profile.total_s)
        yield f"max_duration is {limit}, asked for {asked}"


def strictest(environment: Environment, *others: Environment) -> Environment:
    """The environment under the limits of others too; it is protected if any of them is."""
    everything = (environment, *others)
    held = {one.name: getattr(environment, one.name) for one in fields(Environment)}
    held |= {
        "protected": any(one.protected for one in everything),
        "max_users": _least([one.max_users for one in everything]),
        "max_rate": _least([one.max_rate for one in everything]),
        "max_duration_s": _least([one.max_duration_s for one in everything]),
        "statement_timeout_s": min(one.statement_timeout_s for one in everything),
    }
    return Environment(**held)


def _least(limits: list[_N | None]) -> _N | None:
    return min((limit for limit in limits if limit is not None), default=None)
