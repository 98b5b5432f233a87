"""Files that a command makes and never overwrites, for their owner only: what people typed may be in them."""

import os
from pathlib import Path
from shlex import quote

from plimsoll.core.errors import UsageError


def check_new(path: Path, *, option: str, suffix: str) -> None:
    """Raises UsageError for a file that is there already or cannot be made, or whose name ends otherwise."""
    if path.suffix != suffix:
        raise UsageError(
            f"cannot write {path}",
            where=option,
            why=f"its name does not end with {suffix}",
            remedy=f"{path.stem.removesuffix(suffix)}{suffix}",
        )
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} is already there", where=option, remedy="name another file, or remove it")
    if not path.parent.is_dir():
        remedy = f"mkdir -p {quote(str(path.parent))}"
        raise UsageError(f"cannot write {path}", why="there is no such directory", remedy=remedy)


def write_new(path: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {path}", why=why, remedy="name another file") from None
