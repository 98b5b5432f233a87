"""The API keeps what its OpenAPI document says, whatever is sent: a few requests each; the proofs send many."""

from pathlib import Path

from tests.fluentscribe.api.contract import held_against_its_document
from tests.fluentscribe.api.service import Platform


def test_no_request_is_answered_otherwise_than_documented(platform: Platform, tmp_path: Path) -> None:
    outcome = held_against_its_document(
        platform, tmp_path, "owner", "--phases", "fuzzing", "--max-examples", "1", "--seed", "1"
    )
    assert outcome.code == 0, outcome.said
    assert outcome.operations >= 10
