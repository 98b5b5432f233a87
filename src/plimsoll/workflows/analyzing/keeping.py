"""analysis.json: written whole beside the summary, read again, and without secrets."""

import json
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import RunDirectoryError
from plimsoll.monitor.postgres.statements.hiding import masked_sql
from plimsoll.runs.directory import RunDirectory, read_json, write_whole
from plimsoll.settings.masking import mask

ANALYSIS_NAME: Final = "analysis.json"
ANALYSIS_BYTES_MAX: Final = 16 << 20  # findings, rows and points are bounded, and far below


def keep(directory: RunDirectory, analysis: Analysis) -> None:
    """Raises RunDirectoryError where it cannot be written."""
    path = directory.path / ANALYSIS_NAME
    try:
        write_whole(path, json.dumps(analysis.to_json(), indent=2) + "\n")
    except OSError as error:
        raise RunDirectoryError("cannot write analysis.json", where=str(path), why=error.strerror or "") from error


def kept(directory: RunDirectory) -> Analysis | None:
    """None where the run has not been analyzed. Raises RunDirectoryError where the file is damaged or too large."""
    path = directory.path / ANALYSIS_NAME
    if not path.is_file():
        return None
    if path.stat().st_size > ANALYSIS_BYTES_MAX:
        raise _damaged(directory, "it is too large")
    try:
        return Analysis.from_json(read_json(path))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(directory, f"it is damaged: {error}") from error


def masked(analysis: Analysis) -> Analysis:
    """Without passwords, tokens and keys: statements and errors may hold them."""
    plain = Analysis.from_json(_masked(analysis.to_json()))
    return replace(plain, extra=_masked(dict(analysis.extra)))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {
            key: masked_sql(one) if key == "query" and isinstance(one, str) else _masked(one)
            for key, one in value.items()
        }
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value


def _damaged(directory: RunDirectory, why: str) -> RunDirectoryError:
    return RunDirectoryError(
        "cannot read analysis.json",
        where=str(directory.path),
        why=why,
        remedy=f"make it again: plimsoll analyze {directory.run_id}",
    )
