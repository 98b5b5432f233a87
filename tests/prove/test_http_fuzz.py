"""Hundreds of thousands of broken HTTP responses: none is taken for what it is not, none hangs, none raises."""

from benchmarks._tables import ROOT, put, table
from tests.load.http.mutated import KINDS, tallied

CASES = 300_000
HEADINGS = ("the response", "cases", "taken", "refused", "taken otherwise, or hung")


def test_no_broken_response_is_taken_for_another_or_hangs_or_raises() -> None:
    tallies = tallied(range(CASES))
    rows = [
        [words, f"{one.cases:,}", f"{one.taken:,}", f"{one.refused:,}", f"{len(one.wrong):,}"]
        for words, one in tallies.items()
    ]
    put(ROOT / "docs" / "proofs.md", "http_fuzz", "\n".join(table(HEADINGS, rows)))
    assert list(tallies) == list(KINDS)
    assert [one for tally in tallies.values() for one in tally.wrong] == []
