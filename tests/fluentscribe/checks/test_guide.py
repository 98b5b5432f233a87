"""The guide tells of every check, and of a profile that is one."""

import json
import re
from pathlib import Path

from fluentscribe.checks.registry import CHECKS
from fluentscribe.scoring.profile import read_profile

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "fluentscribe-checks.md").read_text(encoding="utf-8")


def test_the_guide_lists_all_checks_with_dimension_and_severity() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (\w+) \| (\w+) \|$", GUIDE, re.MULTILINE)
    assert rows == [(check.type, check.dimension, check.severity) for check in CHECKS]


def test_the_guides_profile_can_be_read() -> None:
    blocks = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    profile = read_profile(json.loads(blocks[0]))
    assert profile.weight("accuracy", "number") == 2
    assert profile.calibration is not None
    assert profile.off == frozenset({"space"})
    assert dict(profile.severities) == {"number": "critical"}
