"""Each rule that the outbox rests on, and how it is taken away: then trials of `killing` find that a purge is lost.

A statement of `outbox_sql` is written otherwise, in who installs and in who purges; a trial that does not end in
PATIENCE_S has lost what it waits for.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import pytest

from plimsoll.edge.purge import outbox
from plimsoll.edge.purge import outbox_sql as sql
from plimsoll.edge.purge.wish import Wish

PATIENCE_S: Final = 10.0
DSN: Final[dict[str, str]] = {}  # of the purger of this process


@dataclass(frozen=True, slots=True)
class Mutation:
    """`rule` is taken away by writing a part of these statements otherwise, or by `late`."""

    rule: str
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    late: bool = False


_COUNTED: Final = "SET asked = o.asked + 1, hard = o.hard OR excluded.hard"
_LEASED: Final = """UPDATE plimsoll_edge.outbox o SET leased_until = clock_timestamp() + $7::interval, lease = $8, \
tries = o.tries + 1
FROM due WHERE o.id = due.id"""
_TAKEN: Final = """DELETE FROM plimsoll_edge.outbox o USING due
WHERE o.id = due.id AND $7::interval IS NOT NULL AND $8::text IS NOT NULL"""
_ENDS: Final = ("o.leased_until <= clock_timestamp()", "o.lease = ''")
_INNER: Final = ("i.rank < o.rank", "i.rank < -1")

MUTATIONS: Final = (
    Mutation("The position moves in the transaction that writes the rows.", late=True),
    Mutation("A row stays until its purge is acknowledged.", {"LEASE": (_LEASED, _TAKEN)}),
    Mutation("A lease ends by itself.", {"FIRST": _ENDS, "LEASE": _ENDS}),
    Mutation(
        "Only what was not asked for again meanwhile goes.",
        {"DONE": ("AND o.asked = d.asked\nRETURNING", "AND d.asked > 0\nRETURNING")},
    ),
    Mutation(
        "What is asked for again is counted.", {"ASK": (_COUNTED, "SET hard = o.hard OR excluded.hard")}
    ),
    Mutation("Hard if one of two wishes was.", {"ASK": (_COUNTED, "SET asked = o.asked + 1, hard = o.hard")}),
    Mutation("The edge is purged before the CDN.", {"FIRST": _INNER, "LEASE": _INNER}),
)  # fmt: skip


@contextmanager
def mutated(mutation: Mutation | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, (text, other) in (mutation.texts if mutation is not None else {}).items():
            assert text in getattr(sql, name), name
            patch.setattr(sql, name, getattr(sql, name).replace(text, other))
        if mutation is not None and mutation.late:
            patch.setattr(outbox, "ask", _ask_late)
        yield


_ask = outbox.ask
_asking: set[asyncio.Task[Any]] = set()


async def _ask_late(
    connection: asyncpg.Connection, wishes: Sequence[Wish], providers: Sequence[str] | None = None
) -> int:
    """Over a connection of its own, when the position has moved."""

    async def later() -> None:
        await asyncio.sleep(0.01)
        own = await asyncpg.connect(DSN["dsn"])
        await _ask(own, wishes, providers)
        await own.close()

    task = asyncio.get_running_loop().create_task(later())
    _asking.add(task)
    task.add_done_callback(_asking.discard)
    return len(wishes)
