"""Why a connection failed, in words a user can act on: foreign exceptions become `RefusedError`. Pure.

Told by exception, SQLSTATE and the server's routine; by words only where nothing else tells, since servers speak the
language of their lc_messages. PgBouncer speaks English and, before 1.19, has one SQLSTATE for everything (08P01).
"""

import ssl
from collections.abc import Callable
from typing import Final, NamedTuple

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import DNS, LOST, REFUSED, TIMEOUT, TLS, error_class, is_tls_rejected


class _Account(NamedTuple):
    what: str
    why: str
    remedy: str


_Explain = Callable[[BaseException, Target], _Account]


def refusal(error: BaseException, target: Target) -> RefusedError:
    """The error to show for one that a driver raised while connecting to a target. Holds no secret."""
    account = _account(error, target)
    notes = "".join(f"; {note}" for note in target.notes) if _is_authentication(error) else ""
    return RefusedError(
        account.what, where=target.display, why=target.mask(account.why) + notes, remedy=target.mask(account.remedy)
    )


def _account(error: BaseException, target: Target) -> _Account:
    if isinstance(error, asyncpg.ProtocolViolationError):  # a pooler's word
        return _of_pooler(error, target)
    known = _BY_CLASS.get(error_class(error))
    if known is not None:
        return known(error, target)
    return _Account(
        "cannot connect to the database", _first_line(error), "check host, port and DSN; see the server's log"
    )


def _of_pooler(error: BaseException, target: Target) -> _Account:
    text = str(error).lower()
    explain = next((explain for words, explain in _POOLER_WORDS.items() if words in text), None)
    if explain is not None:
        return explain(error, target)
    return _Account("the pooler refused the connection", _first_line(error), "see the pooler's log and settings")


def _refused(_: BaseException, target: Target) -> _Account:
    host, port = target.endpoints[0]
    local = host.startswith("/")
    remedy = "start the server, or correct the host and port"
    place = f"socket {host}/.s.PGSQL.{port}" if local else f"{host}, port {port}"
    return _Account("no database server answers", f"nothing listens at {place}", remedy)


def _unknown_host(_: BaseException, target: Target) -> _Account:
    hosts = ", ".join(host for host, _ in target.endpoints if not host.startswith("/"))
    return _Account("the database's host is unknown", f"{hosts} has no address", "correct the host, or mend DNS")


def _timeout(_: BaseException, target: Target) -> _Account:
    return _Account(
        "the database server does not answer in time",
        "neither accepted nor refused",
        "check the host, the port, and firewalls on the way; state connect_timeout to wait longer",
    )


def _lost(error: BaseException, target: Target) -> _Account:
    return _Account(
        "the server closed the connection while it was being opened",
        _first_line(error),
        "check that the port is PostgreSQL's, and see the server's log",
    )


def _tls(error: BaseException, target: Target) -> _Account:
    if is_tls_rejected(error):
        if target.sslmode == "prefer":
            why, remedy = "its answer is not that of a PostgreSQL server", "correct the host and port"
        else:
            why, remedy = f"it offers no TLS, and sslmode={target.sslmode} demands it", "enable TLS, or sslmode=prefer"
        return _Account("the server did not agree to TLS", why, remedy)
    if isinstance(error, ssl.SSLCertVerificationError):
        roots = target.tls.get("sslrootcert")
        remedy = "state the authority's certificate as sslrootcert, and connect by the name that the server's is for"
        why = f"{error.verify_message} (sslmode={target.sslmode}{f', sslrootcert={roots}' if roots else ''})"
        return _Account("the server's certificate is not verified", why, remedy)
    return _Account("TLS failed", _first_line(error), "check sslmode, certificates and their versions")


def _wrong_password(error: BaseException, target: Target) -> _Account:
    why = "the password is wrong" if target.password else "it wants a password and none was given"
    remedy = "put it into the DSN, PGPASSWORD or ~/.pgpass" if not target.password else "correct the password"
    return _Account(f"user {target.user!r} could not log in", why, remedy)


def _unauthorized(error: BaseException, target: Target) -> _Account:
    """28000: the role is unknown (InitializeSessionUserId), or pg_hba.conf lets nobody in this way."""
    if getattr(error, "server_source_function", "") == "InitializeSessionUserId":
        return _Account(
            f"the role {target.user!r} is unknown to the server or may not log in",
            _first_line(error),
            "correct the user",
        )
    if target.sslmode in ("disable", "allow") and _wants_encryption(error):
        return _Account("the server demands TLS", f"sslmode={target.sslmode} does without it", "use sslmode=require")
    return _Account(
        "the server's pg_hba.conf does not let this connection in",
        _first_line(error),
        "allow host, user and database there; if it asks for a certificate, state sslcert and sslkey",
    )


def _wants_encryption(error: BaseException) -> bool:
    text = str(error)
    return "no encryption" in text or "SSL off" in text or "ssl required" in text.lower()


def _tls_demanded(_: BaseException, target: Target) -> _Account:
    return _Account("the server demands TLS", f"sslmode={target.sslmode} does without it", "use sslmode=require")


def _unknown_database(_: BaseException, target: Target) -> _Account:
    return _Account(
        f"there is no database {target.database!r}", "the server knows none", "correct the name, or create it"
    )


def _too_many(error: BaseException, target: Target) -> _Account:
    return _Account(
        "the server has no connection left",
        _first_line(error),
        "close others, ask for fewer users or a smaller pool, or raise max_connections",
    )


def _starting(error: BaseException, target: Target) -> _Account:
    return _Account(
        "the server accepts no connections now", _first_line(error), "wait until it has started, then repeat"
    )


def _forbidden(error: BaseException, target: Target) -> _Account:
    return _Account(
        f"user {target.user!r} may not connect to database {target.database!r}",
        _first_line(error),
        f'GRANT CONNECT ON DATABASE "{target.database}" TO "{target.user}"',
    )


def _startup_parameter(error: BaseException, target: Target) -> _Account:
    return _Account(
        "a pooler refused a setting of the connection",
        _first_line(error),
        "leave options out of the DSN, or add it to the pooler's ignore_startup_parameters",
    )


def _unmatched(error: BaseException, target: Target) -> _Account:
    why = f"none is {target.session_attrs}"
    return _Account("no host has the role that was asked for", why, "change target_session_attrs or the hosts")


_BY_CLASS: Final[dict[str, _Explain]] = {
    REFUSED: _refused, DNS: _unknown_host, TIMEOUT: _timeout, LOST: _lost, TLS: _tls,
    "28P01": _wrong_password, "28000": _unauthorized, "3D000": _unknown_database, "53300": _too_many,
    "57P03": _starting, "57P01": _starting, "42501": _forbidden,
    "client: TargetServerAttributeNotMatched": _unmatched,
    "client: UnicodeError": _unknown_host, "client: UnicodeEncodeError": _unknown_host,
}  # fmt: skip

_POOLER_WORDS: Final[dict[str, _Explain]] = {
    "password authentication failed": _wrong_password, "auth failed": _wrong_password, "no such user": _wrong_password,
    "sasl authentication failed": _wrong_password,
    "no such database": _unknown_database, "does not exist": _unknown_database,
    "no more connections": _too_many, "too many": _too_many, "max client connections": _too_many,
    "ssl required": _tls_demanded, "tls required": _tls_demanded,
    "unsupported startup parameter": _startup_parameter,
    "server login failed": _starting, "shutting down": _starting,
}  # fmt: skip


def _is_authentication(error: BaseException) -> bool:
    return error_class(error) in ("28P01", "28000", "08P01")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
