"""Whatever commits, polls and fills come in whichever order: no hit lacks a change that was applied, no entry goes for
nothing. The server is its transactions and the snapshots that it would give."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache.store.entry import Begun, Limits, Miss, Options, Put
from plimsoll.cache.store.marks import RECORDS_MAX
from plimsoll.cache.store.store import Store
from plimsoll.changes.polling import Change
from plimsoll.core.snapshot import Snapshot

KEYS = ("a", "b", "c")
TAGS = ("order:1", "order:2", "order:*", "line:1", "line:*", "table:public.orders")
TTL_S = 8.0


@dataclass
class Server:
    next_xid: int = 10
    running: list[int] = field(default_factory=list)
    committed: list[Change] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        return Snapshot(min(self.running, default=self.next_xid), self.next_xid, frozenset(self.running))

    def begin(self) -> None:
        self.running.append(self.next_xid)
        self.next_xid += 1

    def commit(self, which: int, tags: tuple[str, ...]) -> None:
        if self.running:
            self.committed.append(Change(self.running.pop(which % len(self.running)), tags))


@dataclass
class Held:
    value: int
    snapshot: Snapshot
    tags: tuple[str, ...]
    expires_s: float


def takes(written: str, carried: str) -> bool:
    """Whether writing one tag takes away what carries the other."""
    (family, key), (of, other) = written.split(":", 1), carried.split(":", 1)
    return family == of and (key == other or "*" in (key, other))


class World:
    """A store beside what it should know. `late` polls apply first and settle later, as with several sinks."""

    def __init__(self, policy: str) -> None:
        self.server = Server()
        self.store = Store(Limits(), Options(policy=policy, jitter=0, staleness_s=1e6))
        self.store.advance(self.server.snapshot(), 0.0)
        self.polled = self.settling = 0
        self.asked: Snapshot | None = None
        self.held: dict[str, Held] = {}
        self.fills: list[tuple[Begun, Snapshot]] = []
        self.now_s, self.number = 0.0, 0

    def do(self, what: str, number: int, tags: tuple[str, ...]) -> None:
        key = KEYS[number % len(KEYS)]
        self.change(what, number, tags)
        self.use(what, number, tags, key)
        self.get(key)

    def change(self, what: str, number: int, tags: tuple[str, ...]) -> None:
        if what == "start":
            self.server.begin()
        elif what == "commit":
            self.server.commit(number, tags)
        elif what == "poll":
            self.asked = self.server.snapshot()
            self.store.apply(self.server.committed[self.polled :])
            self.polled = len(self.server.committed)
        elif what == "settle" and self.asked is not None:
            self.store.advance(self.asked, self.now_s)
            self.asked = None
        elif what == "forget":
            self.store.forget()
            self.held.clear()

    def use(self, what: str, number: int, tags: tuple[str, ...], key: str) -> None:
        if what == "fill":
            self.fills.append((self.store.begin(), self.server.snapshot()))
        elif what == "old fill" and self.fills:
            self.fills.append((self.store.begin(), self.fills[number % len(self.fills)][1]))
        elif what == "put" and self.fills:
            self.put(key, tags, *self.fills.pop(number % len(self.fills)))
        elif what == "tend":
            self.store.tend(self.now_s)
        elif what == "wait":
            self.now_s += number
        elif what == "delete":
            assert self.store.delete(key) or key not in self.held or self.is_wrong(self.held[key])
            self.held.pop(key, None)

    def put(self, key: str, tags: tuple[str, ...], begun: Begun, snapshot: Snapshot) -> None:
        self.number += 1
        done = self.store.put(key, self.number, self.now_s, ttl_s=TTL_S, tags=tags, snapshot=snapshot, begun=begun)
        if done is Put.STORED:
            self.held[key] = Held(self.number, snapshot, tags, self.now_s + TTL_S)
        assert done in (Put.STORED, Put.CHANGED, Put.LATE, Put.OLD_SNAPSHOT)

    def get(self, key: str) -> None:
        found: Any = self.store.get(key, self.now_s)
        held = self.held.get(key)
        if isinstance(found, Miss):
            assert held is None or self.is_wrong(held) or self.written_often(held), "it went for nothing"
        else:
            assert held is not None
            assert found == held.value
            assert not self.is_wrong(held), "a hit that lacks what was applied"

    def applied(self, held: Held) -> list[Change]:
        applied = self.server.committed[: self.polled]
        return [one for one in applied if any(takes(tag, carried) for tag in one.tags for carried in held.tags)]

    def is_wrong(self, held: Held) -> bool:
        unseen = not all(held.snapshot.sees(one.xid) for one in self.applied(held))
        return unseen or self.now_s >= held.expires_s

    def written_often(self, held: Held) -> bool:
        """So that the store need not know exactly any more."""
        return len(self.applied(held)) > RECORDS_MAX


tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)
OFTEN = ("commit", "settle", "fill", "put")
SELDOM = ("start", "poll", "old fill", "forget", "tend", "wait", "delete")
steps = st.tuples(
    st.sampled_from((*OFTEN, *OFTEN, *SELDOM)),
    st.integers(0, 5),
    tags,
)


@settings(max_examples=50, deadline=None)
@given(policy=st.sampled_from(("lru", "s3-fifo")), script=st.lists(steps, min_size=10, max_size=50))
def test_no_hit_lacks_what_was_applied_and_nothing_goes_for_nothing(
    policy: str, script: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    world = World(policy)
    for what, number, some in script:
        world.do(what, number, some)
    for key in KEYS:
        world.get(key)
