"""An analysis as JSON: read again as it was written, and every key of it documented."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from plimsoll.core import analysis, finding
from plimsoll.core.analysis import Analysis
from tests.report import made_analysis

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "analysis.md"
CLASSES = (
    analysis.Source, analysis.Stretch, analysis.GaugeCheck, analysis.Change, analysis.Slice, analysis.Accounting,
    analysis.StepMetrics, analysis.Metrics, analysis.NextLimit, finding.Share, finding.Figure, finding.Chart,
    finding.Suspect, finding.How, finding.Recommendation, finding.Finding,
)  # fmt: skip


@pytest.mark.parametrize("name", made_analysis.NAMES)
def test_what_is_written_is_read_again(name: str) -> None:
    written = json.dumps(made_analysis.made(name).to_json())
    assert json.dumps(Analysis.from_json(json.loads(written)).to_json()) == written


def test_every_key_is_documented() -> None:
    named = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    keys = {field.name for one in CLASSES for field in dataclasses.fields(one)}
    own = {field.name for field in dataclasses.fields(Analysis)} - {"summary", "extra"}
    assert (keys | own) - named == set()
