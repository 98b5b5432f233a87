"""Reading a test plan's file."""

from pathlib import Path

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.jmx.plan import Imported, import_plan
from plimsoll.load.importers.jmx.tree import BYTES_MAX


def import_file(path: Path) -> Imported:
    """Raises UsageError for a file that cannot be read, is no test plan, or is too large to be one."""
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"cannot read {path}", why=why, remedy="plimsoll import jmx plan.jmx") from None
    return import_plan(content, path.name)
