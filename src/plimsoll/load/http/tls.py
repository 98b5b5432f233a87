"""TLS as the target's settings want it: verified unless they say otherwise."""

import ssl
from pathlib import Path

from plimsoll.core.errors import RefusedError
from plimsoll.settings.web import TlsOptions


def context_of(options: TlsOptions) -> ssl.SSLContext:
    """Raises RefusedError naming the file that cannot be used."""
    context = _trusting(options.ca)
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.certificate is not None:
        _show(context, options.certificate, options.key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("ca", ca, error, "a readable file in PEM with certificates") from error


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(
            "certificate and key", certificate, error, "readable files in PEM, the key without a password"
        ) from error


def _no_password() -> str:
    """Asked of a key that is encrypted: OpenSSL itself would ask at the terminal, and wait for ever."""
    raise ssl.SSLError(ssl.SSL_ERROR_SSL, "the key is encrypted")


def _unusable(setting: str, path: Path | None, error: OSError, remedy: str) -> RefusedError:
    return RefusedError(
        f"cannot use {setting} of [environments.NAME.http]",
        where=str(path),
        why=getattr(error, "reason", "") or error.strerror or str(error),
        remedy=remedy,
    )
