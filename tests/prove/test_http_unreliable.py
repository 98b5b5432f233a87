"""An unreliable server, for long: whatever it does, each answer reaches who asked, and no connection is lost."""

import asyncio
from collections import Counter
from random import Random

from benchmarks._tables import ROOT, put, table
from plimsoll.settings.web import WebSettings
from tests.load.http.test_unreliable import CLASSES, USERS, visited
from tests.load.http.unreliable import unreliable
from tests.load.http.visiting import until, visiting
from tests.load.real import run

ROUNDS = 25  # with each kind of connections
REQUESTS = 150  # of each user in each round
KINDS: dict[str, int | None] = {"a connection for each user": None, "a pool of one": 1, "a pool of three": 3}


def test_whatever_a_server_does_answers_are_never_mixed_up_and_nothing_is_lost() -> None:
    done: Counter[str] = Counter()
    rows = [[words, *run(_rounds(pool, done))] for words, pool in KINDS.items()]
    headings = ("users have", "requests", "right answers", "failures by class", "sent once more")
    put(ROOT / "docs" / "proofs.md", "http_unreliable", "\n".join(table(headings, rows)))
    assert min(done.values()) > ROUNDS


async def _rounds(pool: int | None, done: Counter[str]) -> list[str]:
    errors: Counter[str] = Counter()
    retries = 0
    for seed in range(ROUNDS):
        settings = WebSettings(connections=pool, first_byte_timeout_s=0.03, timeout_s=0.06)
        async with visiting(unreliable(Random(seed), done), USERS, web=settings) as made:
            found = Counter(row["error"] for row in await visited(made, REQUESTS, seed))
            assert found.total() == USERS * REQUESTS
            assert all(not error or error.startswith(CLASSES) for error in found), found
            async with asyncio.timeout(10):
                await until(lambda made=made: made.served.open <= (pool or USERS))  # type: ignore[misc]  # bound for the loop
            errors += found
            retries += sum(user.retries for user in made.stage.users)
    return [f"{errors.total():,}", f"{errors.pop(''):,}", _by_class(errors), f"{retries:,}"]


def _by_class(errors: Counter[str]) -> str:
    kinds: Counter[str] = Counter()
    for error, count in errors.items():
        kinds[error.partition(":")[0]] += count
    return ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
