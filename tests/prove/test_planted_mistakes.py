"""How well each check finds what was planted in a generated corpus; the table goes into docs/proofs.md."""

from benchmarks._tables import ROOT, put, table
from tests.fluentscribe.checks.planted import LANGUAGES, Tally, tallies

EACH = 200  # mistakes of a kind in each language
PRECISION_MIN = 0.9
RECALL_MIN = 0.9
FLAGS_PER_1000_MAX = 40


def test_every_check_finds_what_was_planted_and_little_else() -> None:
    by_type, clean = tallies(7, LANGUAGES, EACH)
    rows = [[type, *_row(tally)] for type, tally in by_type.items()]
    flags = clean["flags"] * 1_000 / clean["units"]
    rows.append([f"{clean['units']:,} units without mistakes: flags per 1,000", f"{flags:.1f}", "", "", "", ""])
    headings = ["check", "planted", "found", "seen elsewhere", "precision", "recall"]
    put(ROOT / "docs" / "proofs.md", "planted_mistakes", "\n".join(table(headings, rows)))
    assert all(t.planted and t.precision >= PRECISION_MIN and t.recall >= RECALL_MIN for t in by_type.values())
    assert flags < FLAGS_PER_1000_MAX


def _row(tally: Tally) -> list[str]:
    counts = [f"{count:,}" for count in (tally.planted, tally.found, tally.wrong)]
    return [*counts, f"{tally.precision:.1%}", f"{tally.recall:.1%}"]
