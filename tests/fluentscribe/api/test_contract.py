"""The API keeps what its OpenAPI document says, whatever is sent: a few requests each; the proofs send many."""

import asyncio
from pathlib import Path

from tests.fluentscribe.api.contract import held_against_its_document
from tests.fluentscribe.api.service import OURS, Platform
from tests.fluentscribe.api.things import things_of


def test_no_request_is_answered_otherwise_than_documented(platform: Platform, tmp_path: Path) -> None:
    words = ("--phases", "fuzzing", "--max-examples", "1", "--seed", "1")
    things = asyncio.run(things_of(platform, OURS))
    outcome = held_against_its_document(platform, tmp_path, "owner", *words, things=things)
    assert outcome.code == 0, outcome.said
    assert outcome.operations >= 40
