"""TLS as libpq has it: modes and files, checked before anything is sent, with an error for each that does not fit."""

import ssl
import stat
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError

MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
ENCRYPTED: Final = ("require", "verify-ca", "verify-full")  # in these nothing is sent in the clear
SYSTEM_ROOTS: Final = "system"

_FILES: Final = {"sslcert": "client certificate", "sslkey": "client key", "sslrootcert": "root certificate"}
_FILES_ALL: Final = {**_FILES, "sslcrl": "revocation list"}
# what asyncpg understands in the query of a DSN
_PASSED_ON: Final = (
    "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version",
)  # fmt: skip


def check_tls(parameters: Mapping[str, str], home: Path, where: str) -> dict[str, str]:
    """The TLS parameters of a connection, `sslmode` always among them; files are found and readable.

    Raises UsageError for a mode that is none, a missing file, a key that others may read. Reads the files' status.
    """
    roots = parameters.get("sslrootcert")
    mode = parameters.get("sslmode") or ("verify-full" if roots == SYSTEM_ROOTS else "prefer")
    if mode not in MODES:
        nearest = get_close_matches(mode.lower().replace("_", "-"), MODES, n=1)
        remedy = f"did you mean {nearest[0]!r}?" if nearest else f"one of {', '.join(MODES)}"
        raise UsageError("unknown sslmode", where=where, why="" if nearest else "it is no mode of libpq", remedy=remedy)
    if roots == SYSTEM_ROOTS and mode != "verify-full":
        raise UsageError(
            f"sslmode={mode} is too weak for sslrootcert=system",
            where=where,
            why="anybody can have a certificate that the system trusts, for a host of their own",
            remedy="use sslmode=verify-full",
        )
    tls = {key: parameters[key] for key in _PASSED_ON if key in parameters} | {"sslmode": mode}
    if mode != "disable":
        _check_files(tls, home, where)
    return tls


def _check_files(tls: dict[str, str], home: Path, where: str) -> None:
    for key, said in _FILES_ALL.items():
        if key in tls and tls[key] != SYSTEM_ROOTS:
            path = Path(tls[key]).expanduser()
            _check_readable(path, said, key, where)
            tls[key] = str(path)
    if tls["sslmode"].startswith("verify") and "sslrootcert" not in tls:
        default = home / ".postgresql" / "root.crt"
        _check_readable(default, "root certificate", "sslrootcert", where)
        tls["sslrootcert"] = str(default)
    if "sslcert" in tls and "sslkey" not in tls:
        default = home / ".postgresql" / "postgresql.key"
        _check_readable(default, "client key", "sslkey", where)
        tls["sslkey"] = str(default)
    if "sslkey" in tls:
        _check_private(Path(tls["sslkey"]), where)


def _check_readable(path: Path, said: str, key: str, where: str) -> None:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise UsageError(
            f"cannot read the {said} {path}", where=where, why=error.strerror or "", remedy=f"state its path as {key}"
        ) from None


def _check_private(key: Path, where: str) -> None:
    """libpq's rule: nobody else may read the key, or, if root owns it, nobody but a group."""
    status = key.stat()
    forbidden = stat.S_IRWXO | (stat.S_IWGRP | stat.S_IXGRP if status.st_uid == 0 else stat.S_IRWXG)
    if status.st_mode & forbidden:
        raise UsageError(
            f"the client key {key} can be read by others",
            where=where,
            why=f"its mode is {stat.S_IMODE(status.st_mode):04o}",
            remedy=f"chmod 600 {key}",
        )


def system_context() -> ssl.SSLContext:
    """A context that trusts the system's roots and verifies the host's name (libpq's sslrootcert=system)."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    return context


def client_context(tls: Mapping[str, str], home: Path) -> ssl.SSLContext:
    """A context as the driver makes it of such parameters, for what speaks the protocol without the driver."""
    if tls.get("sslrootcert") == SYSTEM_ROOTS:
        return system_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = tls["sslmode"] == "verify-full"
    roots = tls.get("sslrootcert") or _there(home, "root.crt")
    if tls["sslmode"] in ENCRYPTED and roots:
        context.load_verify_locations(cafile=roots)
        if revoked := tls.get("sslcrl") or _there(home, "root.crl"):
            context.load_verify_locations(cafile=revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    else:
        context.verify_mode = ssl.CERT_NONE
    if certificate := tls.get("sslcert") or _there(home, "postgresql.crt"):
        key = tls.get("sslkey") or _there(home, "postgresql.key")
        context.load_cert_chain(certificate, keyfile=key, password=lambda: tls.get("sslpassword", ""))
    context.minimum_version = _version(tls.get("ssl_min_protocol_version", "TLSv1.2"))
    if "ssl_max_protocol_version" in tls:
        context.maximum_version = _version(tls["ssl_max_protocol_version"])
    context.set_alpn_protocols(["postgresql"])
    return context


def _there(home: Path, name: str) -> str | None:
    path = home / ".postgresql" / name
    return str(path) if path.exists() else None


def _version(name: str) -> ssl.TLSVersion:
    return ssl.TLSVersion[name.replace("TLSv1.", "TLSv1_") if "." in name else name]
