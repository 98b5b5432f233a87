"""Large files are taken in bounded time and memory, by a server of its own process; a table in docs/proofs.md."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks._tables import ROOT, put, table
from plimsoll.embedded import start_postgres
from tests.fluentscribe.api.apart import Apart, serving_apart
from tests.fluentscribe.api.handing_in import CSV, hand_in, several
from tests.fluentscribe.made_files import xliff

UNITS = 50_000
SECONDS_MAX = 15.0
ADDED_MB_MAX = 150.0


@dataclass(frozen=True, slots=True)
class Taken:
    bytes: int
    seconds: float
    added_mb: float
    segments: int


def test_large_files_are_taken_in_bounded_time_and_memory(tmp_path: Path) -> None:
    large = xliff(UNITS)
    cases: dict[str, tuple[bytes, Callable[[Apart, bytes], None]]] = {
        f"an XLIFF 1.2 of {UNITS:,} units": (large, one),
        "ten of 5,000 units in one request": (
            b"".join(content for _, content in ten()),
            lambda apart, _: together(apart),
        ),
        f"four of {UNITS:,} units at once": (large * 4, lambda apart, _: at_once(apart, large)),
        "one near the limit of 50 MiB": (xliff(150_000), one),
    }
    with start_postgres() as server, serving_apart(server.create_database("uploads"), tmp_path) as apart:
        hand_in(apart.platform, ("first.csv", CSV))
        found = {words: taken(apart, content, work) for words, (content, work) in cases.items()}
    rows = [
        [words, f"{one.bytes / 1e6:.0f} MB", f"{one.segments:,}", f"{one.seconds:.1f} s", f"{one.added_mb:.0f} MB"]
        for words, one in found.items()
    ]
    headings = ("handed in", "size", "segments stored", "time", "added memory")
    put(ROOT / "docs" / "proofs.md", "uploads", "\n".join(table(headings, rows)))
    assert next(iter(found.values())).seconds < SECONDS_MAX
    assert [words for words, one in found.items() if one.added_mb >= ADDED_MB_MAX] == []


def taken(apart: Apart, content: bytes, work: Callable[[Apart, bytes], None]) -> Taken:
    before, segments = apart.memory_mb(), count(apart)
    apart.forget_peak()
    began = time.perf_counter()
    work(apart, content)
    seconds = time.perf_counter() - began
    return Taken(len(content), seconds, apart.memory_mb("VmHWM") - before, count(apart) - segments)


def count(apart: Apart) -> int:
    rows = apart.platform.sql("SELECT count(*) FROM qa_segments")
    return int(rows[0][0])


def one(apart: Apart, content: bytes) -> None:
    reply = hand_in(apart.platform, ("large.xlf", content))
    assert reply.status == 201, reply.body


def ten() -> list[tuple[str, bytes]]:
    """No two are equal."""
    return [several(5_000 + number, f"{number}.xlf") for number in range(10)]


def together(apart: Apart) -> None:
    reply = hand_in(apart.platform, *ten())
    assert reply.status == 201, reply.body


def at_once(apart: Apart, content: bytes) -> None:
    """Each with a comment of its own behind it, so that none came before."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: one(apart, content + f"<!-- {number} -->".encode()), range(4)))
