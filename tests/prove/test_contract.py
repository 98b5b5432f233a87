"""The platform's API against its own OpenAPI document, as people of several roles; a table in docs/proofs.md."""

from pathlib import Path

from benchmarks._tables import ROOT, put, table
from plimsoll.embedded import start_postgres
from tests.fluentscribe.api.contract import Outcome, held_against_its_document
from tests.fluentscribe.api.service import serving

PEOPLE = ("owner", "manager", "viewer", "auditor")
EXAMPLES = 30


def test_every_answer_is_as_documented_whoever_asks(tmp_path: Path) -> None:
    outcomes: dict[str, Outcome] = {}
    with start_postgres() as server:
        for who in PEOPLE:
            with serving(server.create_database(who), tmp_path / who) as platform:
                outcomes[who] = held_against_its_document(
                    platform, tmp_path, who, "--max-examples", str(EXAMPLES), "--seed", "1"
                )
    rows = [
        [who, f"{one.operations:,}", f"{one.cases:,}", "none" if one.code == 0 else "**some**"]
        for who, one in outcomes.items()
    ]
    put(ROOT / "docs" / "proofs.md", "contract", "\n".join(table(("as", "operations", "requests", "failures"), rows)))
    assert [one.said for one in outcomes.values() if one.code != 0] == []
