"""The certificate that HAProxy shows: read from a user's files, checked, and written together as HAProxy wants it."""

import os
import re
import ssl
from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError

FILE: Final = "tls.pem"  # of certificates and key, in HAProxy's directory
# HAProxy takes an order and what comes with it in one buffer of 16 kB; what is larger could not be renewed.
BYTES_MAX: Final = 15_000
READ_BYTES_MAX: Final = 1024 * 1024
_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----\s[^-]+-----END \1-----")

Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """`certificate` holds the chain, beginning with its own; `key` its key, None where it is in the same file."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self.files = [certificate] if key is None else [certificate, key]

    def stamp(self) -> Stamp | None:
        """Another one once the files were written or replaced; None while one is not there."""
        try:
            return tuple((found.st_ino, found.st_mtime_ns, found.st_size) for found in map(os.stat, self.files))
        except OSError:
            return None

    def read(self) -> str:
        """What is between BEGIN and END lines of the files. Raises UsageError."""
        text = "\n".join(block for path in self.files for block in _blocks(path))
        if len(text) > BYTES_MAX:
            why = f"they have {len(text):,} bytes, and HAProxy takes {BYTES_MAX:,}"
            raise self.wrong(why, "leave out what is no part of the chain")
        return text

    def check(self, whole: Path) -> None:
        """Whether the key in `whole` is that of its certificate. Raises UsageError."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(whole, password=lambda: "")
        except (ssl.SSLError, OSError, ValueError) as error:
            told = error.reason if isinstance(error, ssl.SSLError) else str(error)
            why = f"certificate and key cannot be read, or are not of one another ({told or 'no key'})"
            remedy = "a chain in PEM that begins with the server's, and its key without a passphrase"
            raise self.wrong(why, remedy) from None

    def wrong(self, why: str, remedy: str) -> UsageError:
        where = ", ".join(str(path) for path in self.files)
        return UsageError("this certificate cannot be used", where=where, why=why, remedy=remedy)


def _blocks(path: Path) -> list[str]:
    """Without the empty lines that would end an order to HAProxy."""
    try:
        with path.open("rb") as file:
            text = file.read(READ_BYTES_MAX).decode("ascii", errors="replace")
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(
            "cannot read the certificate", where=str(path), why=why, remedy="--certificate, --key"
        ) from None
    found = [one[0] for one in _BLOCK.finditer(text.replace("\r", ""))]
    if not found:
        raise UsageError("this is no certificate or key", where=str(path), why="it has no BEGIN line of PEM")
    return [re.sub(r"\n\s*\n", "\n", block) for block in found]
