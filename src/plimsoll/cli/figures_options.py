"""What options say of where others' figures are read, for `serve` and `scale kubernetes`."""

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "PLIMSOLL_FIGURES_TOKEN"
TOKEN_BYTES_MAX: Final = 4096


def url_of(text: str) -> str:
    """As it is, or env:NAME: an address may hold a password, which others would see in the list of processes."""
    from plimsoll.core.errors import UsageError

    if not text.startswith("env:"):
        return text
    if not (found := os.environ.get(text[4:], "")):
        raise UsageError(f"the variable {text[4:]} is not set", why="it is to hold an address", remedy="export it")
    return found


def token_in(file: Path | None, variable: str) -> str | None:
    """What the file says, or the variable; None where there is neither."""
    from plimsoll.core.errors import UsageError

    if file is None:
        return os.environ.get(variable)
    try:
        with file.open("rb") as opened:
            return opened.read(TOKEN_BYTES_MAX).decode("ascii", "replace")
    except OSError as error:
        why = error.strerror or ""
        raise UsageError("cannot read the token", where=str(file), why=why, remedy="name a file with it") from error


def figures_token(file: Path | None) -> str | None:
    """What is shown to who tells the figures."""
    from plimsoll.core.errors import UsageError

    found = token_in(file, VARIABLE)
    token = None if found is None else found.strip()
    if not token and file is None:
        return None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        where = VARIABLE if file is None else str(file)
        why = "it is empty, or has characters that no header may have"
        raise UsageError("the token for --figures is of no use", where=where, why=why, remedy="one line of ASCII")
    return token
