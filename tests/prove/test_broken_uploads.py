"""Broken files and broken requests, by the thousand: all are answered, in bounded time and memory."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks._tables import ROOT, put, table
from plimsoll.embedded import start_postgres
from tests.fluentscribe.api.apart import serving_apart
from tests.fluentscribe.api.handing_in import PATH
from tests.fluentscribe.api.mangled import mangled
from tests.fluentscribe.api.service import Platform

REQUESTS = 2_000
SECONDS_MAX = 30.0
ADDED_MB_MAX = 150.0


@dataclass(slots=True)
class Tally:
    taken: int = 0
    refused: int = 0
    failed: list[bytes] = field(default_factory=list)
    slowest: float = 0.0


def test_no_request_fails_the_server_or_holds_it_up_or_fills_it(tmp_path: Path) -> None:
    with start_postgres() as server, serving_apart(server.create_database("broken"), tmp_path) as apart:
        hand_in_all(apart.platform, Random(0), 50)
        before = apart.memory_mb()
        apart.forget_peak()
        tallies = hand_in_all(apart.platform, Random(1), REQUESTS)
        added = apart.memory_mb("VmHWM") - before
        left = list((tmp_path / "incoming").iterdir())
    rows = [
        [words, f"{one.taken:,}", f"{one.refused:,}", f"{len(one.failed):,}", f"{one.slowest:.1f} s"]
        for words, one in sorted(tallies.items())
    ]
    rows.append(["all: added memory", "", "", "", f"{added:.0f} MB"])
    headings = ("handed in", "taken", "refused", "server errors", "slowest answer")
    put(ROOT / "docs" / "proofs.md", "broken_uploads", "\n".join(table(headings, rows)))
    assert [body for one in tallies.values() for body in one.failed] == []
    assert max(one.slowest for one in tallies.values()) < SECONDS_MAX
    assert added < ADDED_MB_MAX
    assert left == []


def hand_in_all(platform: Platform, random: Random, requests: int) -> dict[str, Tally]:
    tallies = defaultdict[str, Tally](Tally)
    for _ in range(requests):
        case = mangled(random)
        began = time.perf_counter()
        reply = platform.call("POST", PATH, "linguist", headers={"Content-Type": case.kind}, raw=case.body)
        tally = tallies[case.words]
        tally.slowest = max(tally.slowest, time.perf_counter() - began)
        tally.taken += reply.status < 300
        tally.refused += 400 <= reply.status < 500
        tally.failed += [reply.body] * (reply.status >= 500)
    return tallies
