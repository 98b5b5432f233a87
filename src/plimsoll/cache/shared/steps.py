"""What tier 2 does, as steps that ask and hear (`asking`), the same in an event loop and a thread. Pure.

The rules that make it right are methods of their own, each a sentence of docs/decisions/0023.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from plimsoll.cache.shared.asking import Ask, AwayError, Command, Pause, Refused, Reply, Steps
from plimsoll.cache.shared.commands import Commands, Told
from plimsoll.cache.shared.counts import SharedCounts
from plimsoll.cache.shared.envelope import TAGS_MAX, Bounds, Envelope
from plimsoll.cache.shared.left import Left, Root, short
from plimsoll.cache.shared.naming import Names, tags_of
from plimsoll.cache.shared.owed import Owed, Part
from plimsoll.cache.shared.packing import BrokenError, NotPackableError, pack
from plimsoll.cache.shared.raised import Raised, Stamp
from plimsoll.cache.shared.servers import Servers
from plimsoll.cache.shared.stamps import Stamps
from plimsoll.cache.store.marks import names_of
from plimsoll.cache.tiers import Absent, Filled, Found
from plimsoll.changes.polling import Position

OWED_INLINE_MAX: Final = 100  # paid on the way of a read; with more tier 2 is not in use until it is paid
OWED_AT_ONCE: Final = 500  # commands in one round trip
FIRST_PAUSE_S: Final = 0.004  # of who waits for another process's fill; grows by half each time, up to
LONGEST_PAUSE_S: Final = 0.05
LEASE_S: Final = 1.0

Tags = dict[str, Raised | None]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a fill was begun with. `number` tells which stamps were read before it; `lease` who holds it, "" nobody."""

    era: int
    epoch: str
    root: str
    stamps: Mapping[str, Stamp]
    number: int
    lease: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at an entry, its tags and the root: `found` where it holds."""

    found: Found | None
    root: Root | None
    stamps: Mapping[str, Stamp]


class Protocol:
    """The steps of one process for one cache; its state is shared by its threads. `nonce` gives none twice, nor
    another process's."""

    def __init__(
        self, names: Names, nonce: Callable[[], str], random: Random, bounds: Bounds, *, clustered: bool, lease_s: float
    ) -> None:
        self.owed = Owed(root_due=True)
        self.servers = Servers()
        self.counts = SharedCounts()
        self.epoch: str | None = None  # as a word; None: nothing is followed yet
        self.foreign = False  # the root was seen to be another epoch's, or another database's
        self._commands = Commands(names, clustered=clustered)
        self._nonce = nonce
        self._random = random
        self._bounds = bounds
        self._lease_s = lease_s
        self._lock = threading.Lock()
        self._stamps = Stamps()

    # -- what a fetch asks

    def looking(self, key: str, tags: Sequence[str]) -> Steps[Found | Absent]:
        """The value, or a ticket for filling it. Waits for another process's fill, no longer than its lease."""
        names, waited_s, pause_s = names_of(tags), 0.0, FIRST_PAUSE_S
        while True:
            era = self.owed.era
            if not self.in_use:
                self.counts.miss("not in use")
                return Absent()
            looked = yield from self._look(key, names)
            if looked.found is not None and self._still(era):
                self.counts.hit()
                return looked.found
            ticket = yield from self._prepared(key, names, looked, era)
            if ticket is None or ticket.lease or waited_s >= self._lease_s:
                return Absent(ticket)
            self.counts.leased(waited=True)
            wait_s = pause_s * self._random.uniform(0.5, 1.0)
            yield Pause(wait_s)
            waited_s, pause_s = waited_s + wait_s, min(pause_s * 1.5, LONGEST_PAUSE_S)

    def storing(self, key: str, filled: Filled) -> Steps[None]:
        """Stores what was filled with a ticket, if all its tags were read before the fill, and gives the lease back."""
        ticket: Ticket = filled.ticket
        names = names_of(filled.tags)
        stamps = self._read_before(names, ticket)
        releasing = self._commands.releasing(key, ticket.lease)
        if unknown := [name for name in names if name not in stamps]:
            self.counts.keep("unknown tags")
            making = self._commands.making(unknown, ticket.epoch, self._nonce)
            replies = yield from self._ask([*making, *releasing])
            self._learn(_made(unknown, replies, ticket.epoch))
            return
        blob = self._sealed(filled, ticket, stamps) if self._still(ticket.era) else None
        if blob is None:
            yield from self.releasing(key, ticket)
            return
        replies = yield from self._ask([*self._commands.storing(key, blob, filled.ttl_s, names), *releasing])
        full = isinstance(replies[0].value, Refused) and replies[0].value.full
        self.counts.keep("server full" if full else "stored")
        if not full:
            self._check(replies)

    def releasing(self, key: str, ticket: Ticket) -> Steps[None]:
        """Nothing is stored: who waits may fill."""
        if commands := self._commands.releasing(key, ticket.lease):
            yield from self._ask(commands)

    # -- what is owed

    def settling(self, rounds: int) -> Steps[None]:
        """Pays what is owed, in so many round trips at most."""
        epoch = self.epoch
        if epoch is None:
            return
        if self.owed.root_due:
            yield from self._renew(epoch)
        for _ in range(rounds):
            part = self.owed.part(OWED_AT_ONCE)
            if not part:
                return
            replies = yield from self._ask(self._commands.payments(part, epoch))
            self._check(replies)
            self._paid(part)

    def leaving(self, position: Position) -> Steps[None]:
        """Tells a process that starts from where it has to poll. Only for who owes nothing up to there."""
        era = self.owed.era
        slots, runs = self.servers.told
        if runs and self._still(era):
            self._check((yield from self._ask([self._commands.leaving(str(Left(position, slots, runs)))])))

    def resuming(self) -> Steps[Position | None]:
        """Where a process that starts may go on from: then it need not begin anew. None: it has to."""
        replies = yield from self._ask([self._commands.resuming()])
        left = Left.read(replies[0].value)
        if left is None or not self.is_new or not self.servers.adopt(left.slots, left.runs):
            self.servers.forget()
            return None
        self.epoch = short(left.position.epoch)
        self.owed.resumed()
        return left.position

    @property
    def is_new(self) -> bool:
        """Whether nothing was followed yet, nor made useless by hand."""
        return self.epoch is None and not self.owed.era

    def follows(self, position: Position) -> None:
        """The poller is there. Transaction ids of another epoch say nothing about what is stored."""
        epoch = short(position.epoch)
        if epoch != self.epoch:
            if self.epoch is not None:
                self.owed.everything()
            self.epoch = epoch

    @property
    def in_use(self) -> bool:
        """Whether what the server says may be believed: it was told all that this process has applied."""
        return self.epoch is not None and not self.owed.root_due and len(self.owed) <= OWED_INLINE_MAX

    # -- rules

    def _holds(self, envelope: Envelope, root: Root, tags: Tags) -> bool:
        """An entry holds if its root is the one there is, and each of its tags was written by nothing that it may not
        have seen. A tag that is missing is unknown."""
        if envelope.root != root.nonce or root.epoch != self.epoch:
            return False
        for name, stamp in envelope.stamps.items():
            raised = tags.get(name)
            if raised is None or not raised.holds(stamp, envelope.snapshot):
                return False
        return True

    def _read_before(self, names: Iterable[str], ticket: Ticket) -> dict[str, Stamp]:
        """Only stamps that were read before the fill count: see `stamps`."""
        with self._lock:
            known = self._stamps.before(names, ticket.number)
        return {name: stamp for name in names if (stamp := ticket.stamps.get(name) or known.get(name)) is not None}

    def _believed(self, replies: Sequence[Reply]) -> None:
        """What comes from a server that was not told of all changes is not believed: see `servers`."""
        if not all(self.servers.believed(reply.address, reply.run) for reply in replies):
            self.owed.everything()
            raise AwayError("another server process answers than before: what it has is not used")

    def _still(self, era: int) -> bool:
        """Whether nothing made everything useless since."""
        return era == self.owed.era and not self.owed.root_due

    # -- single round trips

    def _look(self, key: str, names: Sequence[str]) -> Steps[Looked]:
        """What is owed is paid on the way: a connection answers in order, so tags are read after it."""
        part, epoch = self.owed.part(OWED_INLINE_MAX), str(self.epoch)
        payments, keys = self._commands.payments(part, epoch), self._commands.names
        reading, spread = self._commands.gets([keys.entry(key), keys.root, *map(keys.tag, names)])
        replies = yield from self._ask([*payments, self._commands.reading_ttl(key), *reading])
        self._check(replies)
        self._paid(part)
        ttl_ms, told = replies[len(payments)].value, spread(replies[len(payments) + 1 :])
        root = Root.read(*told[1])
        tags = _tags(names, told[2:], epoch)
        envelope = self._opened(told[0][0])
        if envelope is not None and (more := [name for name in envelope.stamps if name not in tags]):
            tags |= yield from self._more(more, epoch)
        self._learn(tags)
        self.foreign = root is not None and root.epoch != epoch
        found = None if envelope is None or root is None else self._found(envelope, root, tags, ttl_ms)
        stamps = {name: raised.stamp for name in names if (raised := tags[name]) is not None}
        return Looked(found, root, stamps)

    def _more(self, names: Sequence[str], epoch: str) -> Steps[Tags]:
        """Tags that an entry was found to carry, which were not known to whoever asks."""
        reading, spread = self._commands.gets([*map(self._commands.names.tag, names)])
        replies = yield from self._ask(reading)
        self._check(replies)
        return _tags(names, spread(replies), epoch)

    def _prepared(self, key: str, names: Sequence[str], looked: Looked, era: int) -> Steps[Ticket | None]:
        """Before a fill: keys that are missing are made, and the lease is taken. None: it cannot be stored."""
        epoch, root = self.epoch, looked.root
        if epoch is None or self.foreign:
            return None
        missing = [name for name in names if name not in looked.stamps]
        holder = self._nonce()
        commands = [
            self._commands.leasing(key, holder, self._lease_s),
            *self._commands.making(missing, epoch, self._nonce),
        ]
        if root is None:
            commands.append(self._commands.making_root(self._nonce(), epoch))
        replies = yield from self._ask(commands)
        if any(isinstance(reply.value, Refused) and reply.value.full for reply in replies):
            self.counts.keep("server full")
            return None
        self._check(replies)
        made = _made(missing, replies[1:], epoch)
        root = root or Root.read(replies[-1].value, replies[-1].run)
        number = self._learn(made)
        won = holder if replies[0].value is not None else ""
        if root is None or root.epoch != epoch or None in made.values():
            if won:
                yield from self._ask(self._commands.releasing(key, won))
            return None
        if won:
            self.counts.leased(waited=False)
        fresh = {name: raised.stamp for name, raised in made.items() if raised is not None}
        return Ticket(era, epoch, root.nonce, {**looked.stamps, **fresh}, number, won)

    def _renew(self, epoch: str) -> Steps[None]:
        """A new root: what is there is wrong for everybody, and whoever answers is believed from then on."""
        self.servers.forget()
        era = self.owed.root_begun()
        replies = yield from self._ask([self._commands.renewing(self._nonce(), epoch)])
        self._check(replies)
        if epoch == self.epoch:
            self.owed.root_paid(era)

    def _ask(self, commands: Sequence[Command]) -> Steps[list[Reply]]:
        replies = yield Ask(commands)
        self._believed(replies)
        return replies

    # -- values and counts

    def _opened(self, told: object) -> Envelope | None:
        try:
            return None if told is None else Envelope.read(told, self._bounds)
        except BrokenError:
            self.counts.miss("broken")
            return None

    def _found(self, envelope: Envelope, root: Root, tags: Tags, ttl_ms: object) -> Found | None:
        if not isinstance(ttl_ms, int) or ttl_ms <= 0:
            return None
        if not self._holds(envelope, root, tags):
            self.counts.miss("invalidated")
            return None
        try:
            value = envelope.value()
        except BrokenError:
            self.counts.miss("broken")
            return None
        return Found(value, envelope.snapshot, tags_of(envelope.stamps), min(envelope.ttl_s, ttl_ms / 1_000))

    def _sealed(self, filled: Filled, ticket: Ticket, stamps: Mapping[str, Stamp]) -> bytes | None:
        try:
            packed = pack(filled.value)
        except NotPackableError:
            self.counts.keep("not packable")
            return None
        if len(packed) > self._bounds.value_bytes or len(stamps) > TAGS_MAX:
            self.counts.keep("too large")
            return None
        sealed, zipped = Envelope.seal(packed, self._bounds)
        return bytes(Envelope(ticket.root, stamps, filled.snapshot, filled.ttl_s, sealed, zipped, len(packed)))

    def _learn(self, tags: Tags) -> int:
        stamps = {name: raised.stamp for name, raised in tags.items() if raised is not None}
        with self._lock:
            self._stamps.learn(stamps)
            return self._stamps.number

    def _paid(self, part: Part) -> None:
        self.owed.paid(part)
        self.counts.told(len(part.writes))

    def _check(self, replies: Iterable[Reply]) -> None:
        """Raises AwayError for what the server refused."""
        for reply in replies:
            if isinstance(reply.value, Refused):
                raise AwayError(reply.value.words)


def _tags(names: Sequence[str], told: Sequence[Told], epoch: str) -> Tags:
    return {name: Raised.read(text, f"{run}.{epoch}") for name, (text, run) in zip(names, told, strict=True)}


def _made(names: Sequence[str], replies: Sequence[Reply], epoch: str) -> Tags:
    return _tags(names, [(reply.value, reply.run) for reply in replies[: len(names)]], epoch)
