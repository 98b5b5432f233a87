"""The rules of tier 1, of polling and of triggers, each taken away."""

from typing import Any

from tests.prove.caching.mutation import add, in_triggers, without

# -- tier 1


@without("slow fills", "A fill is refused if a tag of it was applied since it began.")
def fill_not_judged() -> None:
    from plimsoll.cache.store.changes import Known

    Known.refused = lambda *_: None  # type: ignore[method-assign]


@without("slow fills", "A fill takes its snapshot before it asks for the data.")
def snapshot_after_the_data() -> None:
    from contextvars import ContextVar

    from plimsoll.cache import Filling
    from tests.prove.caching.adapters import Source

    later: ContextVar[Filling | None] = ContextVar("later", default=None)
    take, ask = Filling.on, Source.answer

    async def on(self: Filling, connection: Any) -> None:
        later.set(self)

    async def answer(self: Source, connection: Any, asked: Any) -> Any:
        rows = await ask(self, connection, asked)
        filling = later.get()
        if filling is not None:
            await take(filling, connection)
        return rows

    Filling.on, Source.answer = on, answer  # type: ignore[method-assign]


@without("reports", "A fill is refused if its snapshot is older than its beginning.")
def old_snapshots_taken() -> None:
    from plimsoll.core.snapshot import Snapshot

    Snapshot.covers = lambda *_: True  # type: ignore[method-assign]


@without("orders", "A tag remembers its last writes each, not only the highest transaction.")
def highest_transaction_only() -> None:
    from plimsoll.cache.store.marks import Mark
    from plimsoll.core.snapshot import Snapshot

    def unseen(self: Mark, since: int, snapshot: Snapshot | None) -> bool:
        highest = max([self._folded_xid, *(xid for _, xid in self._records)])
        return self.last > since and (snapshot is None or not snapshot.sees(highest))

    Mark.unseen = unseen  # type: ignore[method-assign]


@without("old and new", "Of older writes of a tag the highest counts as unseen unless all below it had ended.")
def folded_writes_by_the_highest() -> None:
    from plimsoll.cache.store.marks import Mark
    from plimsoll.core.snapshot import Snapshot

    def unseen(self: Mark, since: int, snapshot: Snapshot | None) -> bool:
        if snapshot is None or self.last <= since:
            return self.last > since
        if self._folded_version > since and not snapshot.sees(self._folded_xid):
            return True
        return any(version > since and not snapshot.sees(xid) for version, xid in self._records)

    Mark.unseen = unseen  # type: ignore[method-assign]


@without("slow fills", "Tags that no entry carries are remembered for fills under way.")
def unused_tags_forgotten() -> None:
    from plimsoll.cache.store.marks import Marks

    def trim(self: Marks) -> None:
        while self._unused:
            self._drop(self._unused.popitem(last=False)[1])

    Marks.trim = trim  # type: ignore[method-assign]


@without("bulk", "What carries a tag of a family goes with the family.")
def families_forgotten() -> None:
    from plimsoll.cache.store.marks import Marks

    write = Marks.write

    def rows_only(self: Marks, tag: str, version: int, xid: int) -> None:
        if not tag.endswith(":*"):
            write(self, tag, version, xid)

    Marks.write = rows_only  # type: ignore[method-assign]


@without("writing fills", "A fill in a transaction that has written is not stored.")
def fills_of_writers_stored() -> None:
    from plimsoll.cache import Filling

    refuse = Filling.refuse

    def lenient(self: Filling, why: str) -> None:
        if "written" not in why:
            refuse(self, why)

    Filling.refuse = lenient  # type: ignore[method-assign]


@without("joining", "Who waits for another's fill takes its value only if that began less than Δ before he asked.")
def any_flight_joined() -> None:
    from plimsoll.cache.fill.flights import Flight

    Flight.may_be_taken = lambda *_: True  # type: ignore[method-assign]


@without("tokens", "Who carries a token is served only where that commit is seen.")
def token_ignored() -> None:
    from plimsoll.cache.tier1 import Tier1

    Tier1._has_seen = Tier1.has_seen = lambda *_: True  # type: ignore[method-assign]


@without("copies", "What is fetched within a fill gives it its tags.")
def tags_of_parts_not_taken() -> None:
    from plimsoll.cache import Filling

    Filling.rests_on = lambda *_: None  # type: ignore[method-assign]


@without("copies", "A value that is made of cached ones has no newer snapshot than was known when its fill began.")
def snapshots_of_parts_not_taken() -> None:
    from plimsoll.cache import Filling

    def tags_only(self: Filling, tags: Any) -> None:
        self.tag(*tags)

    Filling.rests_on = tags_only  # type: ignore[method-assign]


# -- the watermark


@without("stalled polls", "Older than Δ, the cache is passed by.")
def watermark_ignored() -> None:
    from math import inf

    from plimsoll.cache.store.changes import Known

    advance = Known.advance

    def for_ever(self: Known, *arguments: Any) -> None:
        advance(self, *arguments)
        self.fresh_until_s = inf

    Known.advance = for_ever  # type: ignore[assignment,method-assign]


@without("slow network", "The watermark is when a poll was sent, not when it was answered.")
def watermark_at_receipt() -> None:
    from plimsoll.cache.tier1 import Tier1
    from plimsoll.changes.clock import clock_s

    advance = Tier1.advance

    def late(self: Tier1, position: Any, sent_s: float) -> None:
        advance(self, position, clock_s())

    Tier1.advance = late  # type: ignore[method-assign]


# -- polling


@without("orders", "A poll reads what its snapshot sees and the last one did not, not what is above a highest one.")
def polled_above_the_highest() -> None:
    from plimsoll.changes.poller import Poller

    ask = Poller._ask

    async def above(self: Poller, statement: str, *arguments: Any) -> Any:
        if arguments and arguments[0]:
            highest = arguments[0].split(":")[1]
            arguments = (f"{highest}:{highest}:",)
        return await ask(self, statement, *arguments)

    Poller._ask = above  # type: ignore[method-assign]


def _without_reason(reason: str) -> None:
    from plimsoll.changes import poller

    everything = vars(poller)["everything"]

    def lenient(state: Any, answer: Any) -> Any:
        found = everything(state, answer)
        return None if found == reason else found

    vars(poller)["everything"] = lenient


@without("trimmed", "Who is behind what the changelog retains drops everything.")
def trimmed_rows_ignored() -> None:
    _without_reason("trimmed")


@without("lost commits", "After a crash, which may give transaction ids again, everything is dropped.")
def epoch_ignored() -> None:
    _without_reason("epoch")


@without("synchronous", "A change counts when it is visible, not when it is announced.")
def evicted_before_it_is_visible() -> None:
    from plimsoll.cache.store.marks import BY_HAND
    from plimsoll.changes import poller

    ask = poller.Poller._ask
    heard = 0

    async def announced(self: poller.Poller, statement: str, *arguments: Any) -> Any:
        nonlocal heard
        rows = await ask(self, statement, *arguments)
        if not arguments:
            return rows
        told = await ask(self, "SELECT id, tags FROM announced WHERE id > $1 ORDER BY id", heard)
        heard = max([heard, *(row["id"] for row in told)])
        return [rows[0], *({"xid": str(BY_HAND - 1), "tags": row["tags"], "number": None} for row in told)]

    poller.Poller._ask = announced  # type: ignore[method-assign]


# -- triggers

in_triggers(
    "bulk untold",
    "bulk",
    "Above 100 rows, whole families are written.",
    "crowd",
    r"coalesce\(shared, ARRAY\[[^]]*\]::text\[\]\)",
    "NULL::text[]",
)
in_triggers(
    "shared untold",
    "bulk",
    "What more than 100 rows have in common is written.",
    "crowd",
    r"THEN ARRAY\[''ward:\*''\] ELSE array_agg\([^)]*\)[^)]*\)",
    "THEN ARRAY[''ward:*''] ELSE ARRAY[]::text[]",
)
in_triggers(
    "columns not compared",
    "columns",
    "An update of one row is told if it changed a column that a template names.",
    "items",
    "CASE WHEN NOT ROW",
    "CASE WHEN false AND NOT ROW",
)
in_triggers(
    "pairs not compared",
    "columns",
    "Of several rows those are told whose old and new columns differ.",
    "items",
    r"AND \(array_agg\(r.w0\)\)\[1\] \*= \(array_agg\(r.w0\)\)\[2\]",
    "AND true",
)
in_triggers(
    "truncate untold",
    "truncate",
    "TRUNCATE writes whole families.",
    "scratch",
    r"BEGIN\s+BEGIN",
    "BEGIN IF TG_OP = ''TRUNCATE'' THEN RETURN NULL; END IF; BEGIN",
)
add("ddl untold", "ddl", "DDL writes whole families in its own transaction.", "DROP EVENT TRIGGER plimsoll_ddl")
