"""analysis.json: written whole beside the summary, read again, and without secrets."""

import json
import math
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.finding import Finding
from plimsoll.core.summary import Summary
from plimsoll.monitor.postgres.statements.hiding import masked_sql
from plimsoll.runs.directory import RunDirectory, write_whole
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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
        return _checked(json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number))
    except OSError as error:
        raise _damaged(directory, error.strerror or "it cannot be opened") from error
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(directory, f"it is damaged, or of another version: {_first_line(error)}") from error


def _checked(data: Any) -> Analysis:
    """With every value of its type: whoever shows it may rely on that. Raises KeyError, TypeError and ValueError."""
    own = {field.name: data[field.name] for field in fields(Analysis) if field.name not in ("summary", "extra")}
    summary = {field.name: data[field.name] for field in fields(Summary)}
    return _adapter().validate_python({**own, "summary": summary})


@cache
def _adapter() -> "TypeAdapter[Analysis]":
    from pydantic import TypeAdapter  # slow to import, and to build

    return TypeAdapter(Analysis)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def masked(analysis: Analysis) -> Analysis:
    """Without passwords, tokens and keys: statements and errors may hold them. And without figures that are none."""
    plain = Analysis.from_json(_masked(analysis.to_json()))
    findings = [_finite(finding) for finding in plain.findings]
    return replace(plain, findings=findings, extra=_masked(dict(analysis.extra)))


def _finite(finding: Finding) -> Finding:
    """JSON has no words for infinity: a rule that divided by 0 costs its figure, not the analysis."""
    figures = [figure for figure in finding.figures if math.isfinite(figure.value)]
    chart = finding.chart
    whole = chart is None or all(map(math.isfinite, (*chart.times_s, *chart.values)))
    return replace(finding, figures=figures, chart=chart if whole else None)


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
