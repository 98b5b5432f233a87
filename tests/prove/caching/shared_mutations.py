"""The rules of tier 2, each taken away."""

from dataclasses import replace
from typing import Any

from tests.prove.caching.mutation import without


@without("tags evicted", "A tag's key that was made anew has another nonce, and what was stored before is wrong.")
def nonces_ignored() -> None:
    from plimsoll.cache.shared.raised import Raised

    holds = Raised.holds

    def by_count(self: Raised, stamp: Any, snapshot: Any) -> bool:
        return holds(self, stamp._replace(nonce=self.nonce, at=min(stamp.at, self.count)), snapshot)

    Raised.holds = by_count  # type: ignore[method-assign]


@without("one late", "What an entry notes of its tags was read before its snapshot.")
def tags_read_after_the_fill() -> None:
    from plimsoll.cache.shared import steps
    from plimsoll.cache.store.marks import names_of

    storing = steps.Protocol.storing

    def late(self: Any, key: str, filled: Any) -> Any:
        names = names_of(filled.tags)
        reading, spread = self._commands.gets([*map(self._commands.names.tag, names)])
        tags = steps._tags(names, spread((yield from self._ask(reading))), filled.ticket.epoch)
        stamps = {name: raised.stamp for name, raised in tags.items() if raised is not None}
        ticket = replace(filled.ticket, stamps={**filled.ticket.stamps, **stamps})
        yield from storing(self, key, replace(filled, ticket=ticket))

    steps.Protocol.storing = late  # type: ignore[method-assign]


@without("shared orders", "A tag's key has its last writes each, not only the highest transaction.")
def highest_transaction_only_in_tier_2() -> None:
    from plimsoll.cache.shared.raised import Raised

    def holds(self: Raised, stamp: Any, snapshot: Any) -> bool:
        if stamp.nonce != self.nonce or stamp.at > self.count:
            return False
        highest = max([self.folded[1], *(xid for _, xid in self.records)])
        return bool(stamp.at == self.count or snapshot.sees(highest))

    Raised.holds = holds  # type: ignore[method-assign]


@without("old dump", "What a server has is believed only by the run id of the process that it was told in.")
def run_ids_ignored() -> None:
    from plimsoll.cache.shared.left import Root
    from plimsoll.cache.shared.raised import Raised
    from plimsoll.cache.shared.servers import Servers

    read_tag, read_root = Raised.read, Root.read

    def of_any(told: object, origin: str) -> Raised | None:
        said = told.split()[0].decode() if isinstance(told, bytes) and told else origin
        return read_tag(told, said)

    def root_of_any(told: object, run: str) -> Root | None:
        return read_root(told, told.split()[0].decode() if isinstance(told, bytes) and told else run)

    Raised.read, Root.read = of_any, root_of_any  # type: ignore[method-assign]
    Servers.believed = lambda *_: True  # type: ignore[method-assign]


@without("all at once", "Who starts polls from the position that was left, or begins anew.")
def position_not_kept() -> None:
    from plimsoll.cache.shared.tier import SharedTier

    position, forget = SharedTier.position, SharedTier.forget

    async def nowhere(self: SharedTier) -> None:
        await position(self)

    async def goes_on(self: SharedTier, reason: Any) -> None:
        if reason != "start" or self.protocol.epoch is None:
            await forget(self, reason)

    SharedTier.position, SharedTier.forget = nowhere, goes_on  # type: ignore[method-assign]


@without("bad network", "What is owed to the server is told before what it has is believed.")
def debts_not_paid_first() -> None:
    from plimsoll.cache.shared.owed import Owed, Part
    from plimsoll.cache.shared.steps import OWED_INLINE_MAX

    part = Owed.part

    def later(self: Owed, count: int) -> Part:
        return Part((), ()) if count == OWED_INLINE_MAX else part(self, count)

    Owed.part = later  # type: ignore[method-assign]


@without("frozen", "What could not be told, since the server was away, is told before it is used again.")
def debts_forgotten() -> None:
    from plimsoll.cache.shared.tier import SharedTier

    failed = SharedTier._failed

    def forgiving(self: SharedTier, error: Any) -> None:
        failed(self, error)
        self.protocol.owed.paid(self.protocol.owed.part(10**6))

    SharedTier._failed = forgiving  # type: ignore[method-assign]


@without("shared stalls", "Older than Δ, tier 2 is passed by, too.")
def tier_2_asked_when_behind() -> None:
    from plimsoll.cache.tier1 import Tier1

    Tier1.is_fresh = lambda *_: True  # type: ignore[method-assign]


@without("slow Valkey", "What tier 2 gave is judged by what was applied since it was asked.")
def found_not_judged() -> None:
    from plimsoll.cache.fill.desk import Desk
    from plimsoll.cache.tier1 import Tier1

    found, put = Desk.found, Tier1.put_unless

    def lenient(self: Desk, wish: Any, flight: Any, answer: Any) -> Any:
        def unjudged(tier1: Tier1, *arguments: Any, **more: Any) -> Any:
            return put(tier1, *arguments, **{**more, "begun": None})

        Tier1.put_unless = unjudged  # type: ignore[assignment,method-assign]
        try:
            return found(self, wish, flight, answer)
        finally:
            Tier1.put_unless = put  # type: ignore[method-assign]

    Desk.found = lenient  # type: ignore[assignment,method-assign]


@without("shared reports", "What was read by a snapshot from before the fill began is not shared.")
def old_snapshots_shared() -> None:
    from plimsoll.cache.fill.desk import Desk

    Desk.may_share = lambda *_: True  # type: ignore[method-assign]


@without("all asleep", "Who may have missed changes begins a new root, which makes all entries wrong.")
def roots_kept() -> None:
    from plimsoll.cache.shared.tier import SharedTier

    forget = SharedTier.forget

    async def keeps(self: SharedTier, reason: Any) -> None:
        if reason == "start":
            await forget(self, reason)

    SharedTier.forget = keeps  # type: ignore[method-assign]


@without("tags evicted", "An entry with a tag whose key is missing is a miss.")
def missing_tags_hold() -> None:
    from plimsoll.cache.shared.steps import Protocol

    def holds(self: Protocol, envelope: Any, root: Any, tags: Any) -> bool:
        known = [(tags.get(name), stamp) for name, stamp in envelope.stamps.items()]
        return envelope.root == root.nonce and all(
            raised is None or raised.holds(stamp, envelope.snapshot) for raised, stamp in known
        )

    Protocol._holds = holds  # type: ignore[method-assign]
