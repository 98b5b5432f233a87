"""Passwords from ~/.pgpass, as libpq reads them: host:port:database:user:password, `*` for any, backslash escapes."""

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

FILE_BYTES_MAX: Final = 1_000_000  # longer than any real password file; what lies beyond is not read

_FIELDS: Final = re.compile(r"((?:\\.|[^:\\])*)(?::|$)")


def password_from_file(
    parameters: Mapping[str, str], endpoints: Sequence[tuple[str, int]], home: Path
) -> tuple[str | None, str]:
    """The password for the first endpoint that has one, and a note on why the file was not used, if it was not.

    The file is the parameter `passfile`, else `.pgpass` in `home`. Like libpq, does not use one that others may read.
    """
    path = Path(parameters.get("passfile") or home / ".pgpass")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, f"password file {path} is not a plain file and was not used"
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return None, f"password file {path} can be read by others and was not used; chmod 600 {path}"
        with path.open(encoding="utf-8") as file:
            entries = list(read_entries(file.read(FILE_BYTES_MAX)))
    except FileNotFoundError:
        return None, ""
    except (OSError, UnicodeDecodeError):
        return None, f"password file {path} could not be read"
    return find_password(entries, endpoints, parameters["dbname"], parameters["user"]), ""


def read_entries(text: str) -> Iterator[tuple[str, ...]]:
    """The lines of a password file that have five fields, unescaped."""
    for line in text.splitlines():
        fields = [] if line.startswith("#") else _FIELDS.findall(line)
        if len(fields) >= 5:
            yield tuple(re.sub(r"\\(.)", r"\1", field) for field in fields[:5])


def find_password(
    entries: Sequence[tuple[str, ...]], endpoints: Sequence[tuple[str, int]], database: str, user: str
) -> str | None:
    """The password of the first line that fits the first endpoint with one. Sockets go by the name localhost."""
    for host, port in endpoints:
        wanted = ("localhost" if host.startswith("/") else host, str(port), database, user)
        for *fields, password in entries:
            if all(field in ("*", value) for field, value in zip(fields, wanted, strict=True)):
                return password
    return None
