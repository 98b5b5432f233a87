"""Certificates for servers and clients, made by the `openssl` program."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Shown:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """Signs certificates, in a directory of its own."""

    directory: Path
    name: str = "roots"

    def __post_init__(self) -> None:
        files = ("-keyout", f"{self.name}.key", "-out", f"{self.name}.crt")
        self._openssl("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={self.name}", *files)

    @property
    def certificate(self) -> Path:
        return self.directory / f"{self.name}.crt"

    def sign(self, name: str, *alternatives: str, days: int = 2) -> Shown:
        """A certificate for `alternatives` such as DNS:localhost."""
        self._openssl("req", *_KEY, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.directory / f"{name}.ext").write_text(
            f"subjectAltName={','.join(alternatives)}\n" if alternatives else ""
        )
        signed = ("-CA", f"{self.name}.crt", "-CAkey", f"{self.name}.key", "-CAcreateserial", "-extfile", f"{name}.ext")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-days", str(days), *signed, "-out", f"{name}.crt")
        return Shown(self.directory / f"{name}.crt", self.directory / f"{name}.key")

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.directory, check=True, capture_output=True)


def served_by(shown: Shown, *, clients_of: Authority | None = None) -> ssl.SSLContext:
    """A server's context; with `clients_of` it demands a certificate that this authority has signed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown.certificate, shown.key)
    if clients_of is not None:
        context.load_verify_locations(clients_of.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
