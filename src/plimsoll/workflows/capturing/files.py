"""Writing a captured scenario and its feeds: readable by their owner only, and over nothing that is there."""

import os
from pathlib import Path
from shlex import quote

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.capture.rendering import Rendered


def feeds_folder(path: Path) -> Path:
    """Where the feeds of a scenario file go: a folder of its name beside it."""
    return path.with_suffix("")


def check_free(path: Path) -> None:
    """Raises UsageError where the files could not be written."""
    if path.suffix != ".py":
        raise UsageError(f"cannot write {path}", why="a scenario is a Python file", remedy=f"{path.with_suffix('.py')}")
    for one in (path, feeds_folder(path)):
        if one.exists() or one.is_symlink():
            raise UsageError(f"{one} is already there", remedy="name another file, or remove it")
    if not path.parent.is_dir():
        remedy = f"mkdir -p {quote(str(path.parent))}"
        raise UsageError(f"cannot write {path}", why="there is no such directory", remedy=remedy)


def write(rendered: Rendered, path: Path) -> None:
    """The scenario last: it is there only if its feeds are. Raises UsageError."""
    folder = feeds_folder(path)
    try:
        if rendered.feeds:
            folder.mkdir(mode=0o700)
        for name, text in rendered.feeds.items():
            _write(folder / name, text)
        _write(path, rendered.scenario)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {path}", why=why, remedy="name another file") from None


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
