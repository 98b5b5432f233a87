"""Every read of the platform from memory, after every change behind its back: what the database would answer."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from benchmarks._tables import ROOT, put, table
from tests.fluentscribe.api.service import OURS, THEIRS
from tests.fluentscribe.caching.comparing import CHANGES, NAMING, READ, Comparing, from_memory, missing_of, path_of
from tests.fluentscribe.caching.conftest import Pair, pair

__all__ = ["pair"]

PROOFS = ROOT / "docs" / "proofs.md"
READERS = ("owner", "auditor", "linguist", "member", "their admin", "their reviewer")
CHANGED = ("owner", "linguist", "their reviewer")  # who is changed, in turns


def steps() -> Iterator[tuple[str, UUID, str, int]]:
    for number, change in enumerate(CHANGES * 3, 1):
        yield change, (OURS, THEIRS)[number % 2], CHANGED[number % len(CHANGED)], number


def test_no_answer_from_memory_differs_from_the_databases(pair: Pair) -> None:
    asked = 0

    def reads(things: dict[UUID, dict[str, Any]]) -> Iterator[tuple[str, str]]:
        nonlocal asked
        for path in READ:
            for organization in (OURS, THEIRS):
                for who in READERS:
                    asked += 1
                    yield who, path_of(path, things[organization])
        for path in NAMING:
            for who in ("linguist", "member"):
                asked += 1
                yield who, missing_of(path, things[OURS])

    wrong = asyncio.run(Comparing.by(pair, steps(), reads))
    figures = [str(len(READ)), str(len(CHANGES)), f"{asked:,}", f"{from_memory(pair.cached):,.0f}", str(len(wrong))]
    put(PROOFS, "cached_answers", "\n".join(table(["reads", "changes", "asked", "from memory", "wrong"], [figures])))
    assert wrong == []
    assert from_memory(pair.cached) > asked / 10
