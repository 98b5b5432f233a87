"""What several commands' options mean."""

import os
from pathlib import Path
from shlex import quote
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from plimsoll.core.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from plimsoll.settings.masking import Secret


def connections_of(text: str | None) -> int | None:
    """The size of a pool; None for a connection for each user. Raises UsageError."""
    if text is None or text == "per-user":
        return None
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise UsageError(
            "wrong --connections",
            why=f"{text!r} is neither per-user nor a number from 1 to 10,000",
            remedy="--connections 8",
        )
    return int(text)


def check_outputs(*, junit: Path | None, jtl: Path | None, samples: bool = True) -> None:
    """Raises UsageError for files that could not be written at the end of a long run."""
    if jtl is not None and not samples:
        raise UsageError(
            "--jtl and --no-samples contradict each other",
            why="a JTL file holds the samples",
            remedy="leave one of them out",
        )
    for path in (junit, jtl):
        if path is not None:
            check_writable(path)


def check_writable(path: Path) -> None:
    """Raises UsageError for a file that could not be written."""
    if not path.parent.is_dir():
        raise UsageError(
            f"cannot write {path}",
            why=f"there is no directory {path.parent}",
            remedy=f"mkdir -p {quote(str(path.parent))}",
        )
    if path.is_dir():
        raise UsageError(f"cannot write {path}", why="it is a directory", remedy="name a file")
    _check_directory(path)


def _check_directory(path: Path) -> None:
    """Files are written beside their place and moved there, so it is the directory that must take them."""
    try:
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write {path}", why=error.strerror or str(error), remedy="name a file in a directory of yours"
        ) from None


def check_no_exports(*, junit: Path | None, jtl: Path | None) -> None:
    """Raises UsageError for a file that every run of a series would write over."""
    named = next((name for name, path in (("--junit", junit), ("--jtl", jtl)) if path is not None), None)
    if named is not None:
        raise UsageError(
            f"{named} is for a single run",
            why="--matrix and --repeat make several",
            remedy=f"plimsoll report RUN {named} FILE for each",
        )


def dsn_of(text: str | None, *, where: str = "--dsn") -> "Secret | None":
    """A DSN, or the value of the variable that env:NAME names. Raises RefusedError where that is not set."""
    from plimsoll.settings.masking import Secret

    if not text:
        return None
    if not text.startswith("env:"):
        return Secret(text)
    value = os.environ.get(text.removeprefix("env:").strip(), "").strip()
    if not value:
        raise RefusedError(
            "no database to connect to",
            where=where,
            why=f"the variable of {text} is not set",
            remedy="export it, or write the DSN itself",
        )
    return Secret(value)
