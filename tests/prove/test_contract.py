"""The platform's API against its own OpenAPI document, as people of several roles; a table in docs/proofs.md."""

import asyncio
from pathlib import Path

from benchmarks._tables import ROOT, put, table
from plimsoll.embedded import start_postgres
from tests.fluentscribe.api.contract import Outcome, held_against_its_document
from tests.fluentscribe.api.service import OURS, serving
from tests.fluentscribe.api.things import things_of

PEOPLE = ("owner", "reviewer", "auditor")
EXAMPLES = 10


def test_every_answer_is_as_documented_whoever_asks(tmp_path: Path) -> None:
    outcomes: dict[tuple[str, str], Outcome] = {}
    words = ("--max-examples", str(EXAMPLES), "--seed", "1")
    with start_postgres() as server:
        for who in PEOPLE:
            with serving(server.create_database(who), tmp_path / who) as platform:
                things = asyncio.run(things_of(platform, OURS))
                of_things = held_against_its_document(platform, tmp_path, who, *words, things=things)
                outcomes |= {
                    (who, "to things that are there"): of_things,
                    (who, "to any"): held_against_its_document(platform, tmp_path, who, *words),
                }
    rows = [
        [*name, f"{one.operations:,}", f"{one.cases:,}", "none" if one.code == 0 else "**some**"]
        for name, one in outcomes.items()
    ]
    headings = ("as", "requests", "operations", "how many", "failures")
    put(ROOT / "docs" / "proofs.md", "contract", "\n".join(table(headings, rows)))
    assert [one.said for one in outcomes.values() if one.code != 0] == []
