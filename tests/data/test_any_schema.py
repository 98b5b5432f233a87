"""Whole schemas filled on a real server: not one row breaks a constraint, and every table has rows."""

from pathlib import Path

import pytest

from tests.data.filling_any import Database

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.mark.parametrize("name", ["hostile", "forum", "shop", "issues", "gathered"])
def test_a_schema_is_filled_without_a_violation(database: str, name: str) -> None:
    filled = Database(database).sql((SCHEMAS / f"{name}.sql").read_text())
    counts = filled.fill(rows=100).rows
    assert filled.violations() == {}
    assert min(counts.values()) > 0
