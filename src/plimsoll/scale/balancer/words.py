"""What may become a word of HAProxy's configuration or of an order to it, and how it is written there.

Whatever comes from outside passes one of these: names of servers, paths, headers, networks, addresses. Nothing
that could end a word, a line or an order gets through.
"""

import os
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError

NAME_LETTERS_MAX: Final = 40
HEADER_LETTERS_MAX: Final = 64
URL_PATH_LETTERS_MAX: Final = 512
# sun_path of sockaddr_un is 108 bytes with its end (unix(7)); HAProxy binds under a longer name, then renames.
BOUND_BYTES_MAX: Final = 97
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{NAME_LETTERS_MAX - 1}}}", re.ASCII)
_HEADER: Final = re.compile(rf"[A-Za-z][A-Za-z0-9-]{{0,{HEADER_LETTERS_MAX - 1}}}", re.ASCII)
_COOKIE: Final = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{HEADER_LETTERS_MAX - 1}}}", re.ASCII)
_URL_PATH: Final = re.compile(r"/[A-Za-z0-9._~!&*+,:=@%/?()$-]*", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?", re.ASCII)
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9._/+=:,~@-]+", re.ASCII)
_DESCRIPTOR: Final = re.compile(r"fd@([0-9]{1,6})", re.ASCII)
_PLACE: Final = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})", re.ASCII)


def name(text: str) -> str:
    """A server's name. The dot is ours: it marks what belongs to a server."""
    if not _NAME.fullmatch(text):
        raise UsageError(
            f"{text[:60]!r} is no name for a server",
            remedy=f"at most {NAME_LETTERS_MAX} letters, digits, - and _, beginning with a letter or a digit",
        )
    return text


def header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise UsageError(
            f"{text[:80]!r} is no name of a header", remedy=f"at most {HEADER_LETTERS_MAX} letters, digits and -"
        )
    return text.lower()


def cookie(text: str) -> str:
    if not _COOKIE.fullmatch(text):
        raise UsageError(
            f"{text[:80]!r} is no name for a cookie", remedy=f"at most {HEADER_LETTERS_MAX} letters, digits, - and _"
        )
    return text


def url_path(text: str) -> str:
    """A path as a request has it, with its query."""
    if not _URL_PATH.fullmatch(text) or len(text) > URL_PATH_LETTERS_MAX:
        raise UsageError(
            f"{text[:80]!r} is no path to ask for",
            remedy=f"write it as it is sent: /health, with %XX for other letters, at most {URL_PATH_LETTERS_MAX}",
        )
    return text


def host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise UsageError(f"{text[:80]!r} is no host to ask for", remedy="a name such as localhost or app.example:8000")
    return text


def network(text: str) -> str:
    """An address or a network, as in 10.0.0.0/8."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError as error:
        raise UsageError(
            f"{text[:80]!r} is no network", why=str(error)[:200], remedy="write it as 10.0.0.0/8, 192.0.2.7 or fd00::/8"
        ) from error


def listening(text: str) -> str:
    """Where HAProxy is to listen: "fd@N" (a socket that listens already), "127.0.0.1:8000", "[::1]:8000"."""
    if _DESCRIPTOR.fullmatch(text):
        return text
    return place(text)


def place(text: str) -> str:
    """An address with a port; a name is not looked up."""
    found = _PLACE.fullmatch(text)
    try:
        if found is None:
            raise ValueError("it has not the form ADDRESS:PORT")
        address, port = ip_address(found[1] or found[2]), int(found[3])
        if not 0 < port < 65536 or bool(found[1]) != (address.version == 6):
            raise ValueError("the port is not between 1 and 65535, or the brackets are wrong")
    except ValueError as error:
        raise UsageError(
            f"{text[:80]!r} is no address", why=str(error)[:200], remedy="write it as 127.0.0.1:8000 or [::1]:8000"
        ) from error
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def socket_path(path: Path, directory: Path) -> str:
    """A Unix socket's address for a HAProxy that runs in `directory`: relative to it where it lies in it.

    HAProxy puts the environment's values into addresses, and an order to it ends at a semicolon: what has such
    letters is refused.
    """
    written = str(path.relative_to(directory)) if path.is_relative_to(directory) else str(path.absolute())
    if not _PLAIN_PATH.fullmatch(written) or ".." in Path(written).parts:
        raise UsageError(
            "this path cannot be told to HAProxy",
            where=str(path),
            why="it has other letters than A-Z, a-z, 0-9 and ._/+=:,~@-",
            remedy="serve from a directory with a plain name, or set TMPDIR to one",
        )
    if len(os.fsencode(path)) > BOUND_BYTES_MAX + 10:
        raise UsageError("the path of the socket is too long", where=str(path), why="a Unix socket's has 107 bytes")
    return f"unix@{written}"


def address(text: str) -> str:
    """What `socket_path` or `place` gave."""
    if text.startswith("unix@") and _PLAIN_PATH.fullmatch(text.removeprefix("unix@")):
        return text
    return place(text)


def quoted(text: str) -> str:
    """One word of the configuration: within single quotes HAProxy changes nothing."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise UsageError("a control character cannot stand in HAProxy's configuration", where=repr(text[:80]))
    return "'" + text.replace("'", "'\\''") + "'"
