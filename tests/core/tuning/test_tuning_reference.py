"""docs/reference/tuning.md names every key that a tuning's file has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plimsoll.core.tuning.as_json import tuning_to_json
from tests.report.tuning import made

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "tuning.md"


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from () if key == "details" else keys_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from keys_of(one)


def test_every_key_of_the_file_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    assert sorted(set(keys_of(tuning_to_json(made.proved()))) - told) == []
