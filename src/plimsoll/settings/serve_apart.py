"""`[serve.NAME]` of a plimsoll.toml, read in a process of its own: pydantic takes 12 MB, which who serves for months
need not hold. What is said passes through a pipe, secrets too, and nobody else hears it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.settings.masking import Secret

LIMIT_S: Final = 60.0
FILE_BYTES_MAX: Final = 1_000_000  # as where settings are loaded, which tells of a larger one

Tables = Mapping[str, Mapping[str, Any]]


def serve_tables(file: Path) -> Tables:
    """By name, options by theirs. Nothing is started where the file has no such table. Raises UsageError."""
    try:
        with file.open("rb") as opened:
            text = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        remedy = "plimsoll init writes one, --config names another"
        raise UsageError(f"cannot read {file}", why=error.strerror or "", remedy=remedy) from None
    return _told(file) if b"serve" in text or len(text) > FILE_BYTES_MAX else {}


def _told(file: Path) -> Tables:
    command = (sys.executable, "-m", __name__, str(file))
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=True)
        said = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        why = f"reading it failed: {type(error).__name__}"
        raise UsageError(f"cannot read {file}", why=why, remedy="plimsoll doctor --config FILE tells more") from None
    if "failed" in said:
        raise UsageError(said["failed"].pop("what"), **said["failed"])
    tables: Tables = said["tables"]
    return tables


def _plain(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


def main() -> None:
    """Says what the file named on the command line has, or what is wrong with it, as JSON."""
    from plimsoll.settings.loading import load_settings

    try:
        found = load_settings(Path(sys.argv[1])).serve
        tables = {name: {one: _plain(value) for one, value in table.items()} for name, table in found.items()}
        said: dict[str, Any] = {"tables": tables}
    except UsageError as error:
        said = {"failed": {"what": error.what, "where": error.where, "why": error.why, "remedy": error.remedy}}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
