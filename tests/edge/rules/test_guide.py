"""docs/guides/edge-rules.md: each row of its tables is so, its statuses are ours, and its sections are tested."""

import re
from pathlib import Path

import pytest

from plimsoll.edge import rules
from plimsoll.edge.rules.policy import UNDERSTOOD
from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import NOW_S, get, judged, kept, looked, ok

TESTS = Path(__file__).parents[1]
GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge-rules.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines() if line.startswith("| `")]
LIVES = [row for row in ROWS if len(row) == 2]
ENDS = [row for row in ROWS if len(row) == 3]


def lines(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


@pytest.mark.parametrize(("says", "is_so"), LIVES)
def test_it_lives_as_long_as_the_guide_says(says: str, is_so: str) -> None:
    stored = judged(ok(*lines(says)))
    if not isinstance(stored, Stored):
        assert is_so == f"not stored: {stored}"
    elif looked(stored) == "validate stale":
        assert is_so == "validated each time"
    else:
        assert is_so == f"fresh for {stored.fresh_until_s - NOW_S:.0f} s"


@pytest.mark.parametrize(("says", "then", "failing"), ENDS)
def test_it_ends_as_the_guide_says(says: str, then: str, failing: str) -> None:
    stored = kept(ok(*lines(says)))
    done = {"stale": "told, and validated behind it", "validate stale": "validated"}
    assert then == done[looked(stored, after_s=70)]
    instead = rules.instead_of_error(get(), stored, NOW_S + 70)
    assert failing == ("the error is told" if instead is None else "it is told all the same")


def test_its_statuses_are_ours() -> None:
    (listed,) = re.findall(r"\| ([0-9, –]+); `--status", GUIDE)
    named: set[int] = set()
    for part in listed.split(", "):
        first, _, last = part.partition("–")
        named.update(range(int(first), int(last or first) + 1))
    assert named == UNDERSTOOD
    assert len(LIVES) == 14
    assert len(ENDS) == 6


def test_its_sections_are_tested_where_it_says() -> None:
    rows = re.findall(r"^\| RFC (\d+)(?:, ([\d.]+))?.*\| `(\S+)` \|$", GUIDE, re.MULTILINE)
    assert len(rows) == 17
    for number, section, file in rows:
        text = (TESTS / file).read_text("utf-8")
        assert number in text, file
        assert section in text, file
