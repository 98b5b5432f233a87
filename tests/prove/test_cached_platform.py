"""Fluent Scribe with its cache: what its database is spared, how late changes are seen, how much more it carries."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from benchmarks._tables import ROOT, put, table
from plimsoll.cli.run import carry_out
from plimsoll.cli.seed import fill
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_share
from plimsoll.workflows import cache_changes, demo
from plimsoll.workflows.demo_caching import (
    Place,
    Seen,
    Shown,
    caching_of,
    changed_by_hand,
    copied,
    install_request,
    load_request,
    loaded,
    seen_words,
    served,
    tuned,
)
from plimsoll.workflows.demo_tuning import begin_counting
from plimsoll.workflows.run_request import RunRequest
from tests.prove.accounts import Account
from tests.prove.test_tuned_platform import between

PROOFS = ROOT / "docs" / "proofs.md"
# Until few read what nobody has read before; and done before the server's next checkpoint, five minutes after the last.
WARMUP_S, LOAD_S = 220.0, 60.0
FIND_S_MAX = 1800.0
# Whose connections they are, by the names that they give themselves.
KINDS = {
    "fluentscribe": "requests: what writes, and without a cache what reads",
    "fluentscribe-cache": "reading what is not in memory",
    "fluentscribe-worker": "analyses",
    "plimsoll": "polling, looking after the changelog, reporting",
    "fluentscribe-notes": "noting what was looked at in memory",
    "walwriter": "the log",
}
GOALS = ("p95<500ms", "errors<1%", "dropped<1%")
STATEMENTS_SPARED_MIN, CPU_SPARED_MIN = 0.6, 0.25  # of a load of which writes are a seventh, after minutes


async def prepared(found: demo.Demo, owner: str) -> str:
    return await found.prepare(owner)


@contextmanager
def filled() -> Iterator[tuple[Place, Place]]:
    """The platform's database, and one that is alike and has triggers; the server leaves a core to whoever loads it."""
    found = demo.find_demo()
    with demo.demo_server(aside=True) as owner:
        loaded_as = asyncio.run(prepared(found, owner))
        fill(demo.seed_request(found, owner), as_json=True)
        asyncio.run(begin_counting(owner))
        asyncio.run(tuned(caching_of(found), owner))
        plain = Place(owner, loaded_as)
        copy = asyncio.run(copied(plain))
        asyncio.run(cache_changes.install(install_request(caching_of(found), copy.owner), do=True))
        yield plain, copy


async def checkpoint(owner: str) -> None:
    """What was written before is on the disk: neither load has to write what filling or the other one left."""
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


class Accounted(NamedTuple):
    """A load, and milliseconds of the database's processor time for each request, by whose connections they were."""

    shown: Shown
    by_kind: dict[str, float]


def accounted(place: Place, *, cache: bool) -> Accounted:
    with Account(place.owner) as account:
        got = shown(place, cache=cache)
    begun_s = datetime.fromisoformat(got.summary.started_at).timestamp() + got.summary.warmup_s
    used = account.seconds(begun_s, begun_s + got.summary.duration_s)
    found = dict.fromkeys(KINDS.values(), 0.0)
    for who, seconds in used.items():
        if who in KINDS:
            found[KINDS[who]] += seconds * 1000 / got.summary.requests
    return Accounted(got, found)


def shown(place: Place, *, cache: bool) -> Shown:
    found = demo.find_demo()
    asyncio.run(checkpoint(place.owner))

    def go(request: RunRequest) -> Summary:
        return carry_out(request, as_json=True).summary

    with served(caching_of(found), *place, cache=cache) as there:
        assert there.url is not None, there.lines
        return loaded(load_request(found, there.url, LOAD_S, WARMUP_S), place.owner, go)


def line(place: Place, folder: Path, *, cache: bool) -> dict[str, Any]:
    """The load line of the platform, journeys per second."""
    found = demo.find_demo()
    with served(caching_of(found), *place, cache=cache) as there:
        assert there.url is not None, there.lines
        words = ["find", str(caching_of(found).scenario), "--url", there.url, "--json"]
        words += ["--from", "10", "--step-duration", "12s", "--warmup", "20s", "--max-steps", "10"]
        words += [word for goal in GOALS for word in ("--goal", goal)]
        done = subprocess.run(
            [sys.executable, "-m", "plimsoll.cli.main", *words],
            cwd=folder, capture_output=True, encoding="utf-8", timeout=FIND_S_MAX, check=False,
        )  # fmt: skip
    assert done.stdout, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def by_hand(place: Place) -> Seen:
    cached = caching_of(demo.find_demo())
    with served(cached, *place, cache=True) as there:
        assert there.url is not None, there.lines
        return asyncio.run(changed_by_hand(cached.changing(place.owner, there.url), place.owner, 50))


def failed(one: Shown) -> dict[str, Any]:
    """What went wrong, by step."""
    return {step.name: step.error_classes for step in one.summary.steps if step.errors}


def rows(before: Shown, after: Shown) -> Iterator[list[str]]:
    for what, words, one, other in (
        ("statements for each request", "{:.2f}", before.statements, after.statements),
        ("database CPU for each request", "{:.2f} ms", before.cpu_ms, after.cpu_ms),
    ):
        yield [what, words.format(one), words.format(other), f"{format_share(spared(one, other))} less"]
    for name in ("p50", "p95"):
        one, other = getattr(before.summary.latency_ms, name), getattr(after.summary.latency_ms, name)
        yield [name, f"{one:.0f} ms", f"{other:.0f} ms", ""]


def spared(before: float | None, after: float | None) -> float:
    """As a share."""
    assert before is not None
    assert after is not None
    return 1 - after / before


def test_the_cache_spares_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with filled() as (plain, copy):
        before, uncached = accounted(plain, cache=False)
        after, cached = accounted(copy, cache=True)
        seen = by_hand(copy)
    found = [*rows(before, after), ["", seen_words(seen), "", ""]]
    put(PROOFS, "cached_platform", "\n".join(table(["", "without", "with", ""], found)))
    kinds = [[kind, f"{uncached[kind]:.3f} ms", f"{cached[kind]:.3f} ms"] for kind in uncached]
    account = table(["database CPU for each request", "without", "with"], kinds)
    put(PROOFS, "cached_platform_account", "\n".join(account))
    assert (failed(before), failed(after), seen.stale) == ({}, {}, 0)
    assert spared(before.statements, after.statements) >= STATEMENTS_SPARED_MIN
    assert spared(before.cpu_ms, after.cpu_ms) >= CPU_SPARED_MIN


def test_the_cache_raises_the_platforms_load_line(tmp_path: Path) -> None:
    with filled() as (plain, copy):
        before = line(plain, tmp_path, cache=False)
        after = line(copy, tmp_path, cache=True)
    found = table(["", "without", "with"], [["load line", between(before), between(after)]])
    put(PROOFS, "cached_load_line", "\n".join(found))
    assert after["rate_per_s"] >= before["rate_per_s"]
