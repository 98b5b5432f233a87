"""A world in which anything happens at any time: transactions, polls, reads, fills, evictions, failovers, lost replies.

Several processes carry out the steps of tier 2 against servers that are dictionaries. Each command of a step happens by
itself, with whatever else between. A value is the set of transactions that its fill saw; it is stale if it lacks one
that its reader's position covers and that wrote a tag of it.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from plimsoll.cache.shared.address import SINGLE
from plimsoll.cache.shared.asking import Ask, AwayError, Command, Pause, Reply, Run
from plimsoll.cache.shared.envelope import Bounds
from plimsoll.cache.shared.naming import Names, written_names
from plimsoll.cache.shared.raised import Raised, Write
from plimsoll.cache.shared.scripts import MAKE, RAISE, RELEASE, RENEW, digest
from plimsoll.cache.shared.steps import Protocol
from plimsoll.cache.store.marks import names_of
from plimsoll.cache.tiers import Filled, Found
from plimsoll.changes.polling import Change, Position
from plimsoll.core.snapshot import Snapshot

WRITTEN = ("o:1", "o:2", "o:*", "p:1")
# Key: tags known before its fill, and tags found while filling.
KEYS = {
    "one": (("o:1",), ()),
    "late": ((), ("o:2",)),
    "family": (("o:*",), ()),
    "two": (("o:1",), ("p:1",)),
}


class Database:
    """Transactions by id; an epoch ends with a failover that loses the latest."""

    def __init__(self) -> None:
        self.epoch = 1
        self.next = 10
        self.open: dict[int, list[str]] = {}
        self.committed: dict[int, tuple[str, ...]] = {}

    def snapshot(self) -> Snapshot:
        return Snapshot(min(self.open, default=self.next), self.next, frozenset(self.open))

    def fails_over(self, lost: int) -> None:
        self.epoch += 1
        for xid in sorted(self.committed)[-lost:]:
            del self.committed[xid]
        self.open.clear()
        self.next = max(self.committed, default=9) + 1


class Server:
    """A process of a server: what it answers to the commands of tier 2."""

    def __init__(self, run: str, held: dict[bytes, bytes]) -> None:
        self.run = run
        self.held = dict(held)

    def answer(self, command: Command) -> Any:
        words: list[Any] = [self.run if word is Run.ID else word for word in command.words]
        match words:
            case [b"GET", key]:
                return self.held.get(key)
            case [b"MGET", *keys]:
                return [self.held.get(key) for key in keys]
            case [b"PTTL", key]:
                return 1_000 if key in self.held else -2
            case [b"SET", key, value, b"NX", b"PX", _]:
                return None if key in self.held else self.put(key, value)
            case [b"SET", key, value, *_]:
                return self.put(key, value)
            case [b"EXPIRE", *_]:
                return 1
            case [b"DEL", key]:
                return int(self.held.pop(key, None) is not None)
            case [b"EVALSHA", script, 1, key, *arguments]:
                return _SCRIPTS[script](self, key, arguments)
        raise AssertionError(words)

    def put(self, key: bytes, value: Any) -> bytes:
        self.held[key] = value if isinstance(value, bytes) else str(value).encode()
        return b"OK"

    def raises(self, key: bytes, arguments: list[Any]) -> int:
        _, epoch, folded, *xids = arguments
        raised = Raised.read(self.held.get(key), f"{self.run}.{epoch}")
        if raised is None:
            return 0
        self.held[key] = bytes(raised.written(Write(tuple(xids), folded)))
        return 1

    def make(self, key: bytes, arguments: list[Any]) -> bytes:
        origin = f"{self.run}{arguments[1]} "
        if not self.held.get(key, b"").startswith(origin.encode()):
            self.put(key, f"{origin}{arguments[2]}")
        return self.held[key]

    def renew(self, key: bytes, arguments: list[Any]) -> int:
        self.put(key, f"{self.run} {arguments[1]}")
        return 1

    def release(self, key: bytes, arguments: list[Any]) -> int:
        return int(self.held.get(key) == str(arguments[0]).encode() and self.held.pop(key) is not None)


_SCRIPTS: dict[str, Callable[[Server, bytes, list[Any]], Any]] = {
    digest(RAISE): Server.raises,
    digest(MAKE): Server.make,
    digest(RENEW): Server.renew,
    digest(RELEASE): Server.release,
}

Task = Generator[Ask | Pause, list[Reply], Any]


@dataclass
class Doing:
    """Steps under way, and how far the commands of the present one are."""

    task: Task
    ended: Callable[[Any], None]
    ask: Ask | None = None
    replies: list[Reply] = field(default_factory=list)


class Process:
    """One of the application's: its place in the changelog, what it does at the moment, and the server it reaches."""

    def __init__(self, world: "World", server: Server) -> None:
        self.world = world
        self.server = server
        numbers, me = world.numbers, next(world.numbers)
        self.protocol = world.kind(
            Names("shop"), lambda: f"n{me}.{next(numbers)}", world.random, Bounds(), clustered=False, lease_s=0.01
        )
        self.position: Position | None = None
        self.asked_for_position = False
        self.forgot = 0
        self.filled: list[tuple[str, Filled, int]] = []
        self.doing: list[Doing] = []

    def begin(self, task: Task, ended: Callable[[Any], None] = lambda _: None) -> None:
        one = Doing(task, ended)
        self.doing.append(one)
        self._go_on(one, lambda: next(task))

    def step(self, one: Doing) -> None:
        """The next command of it, its reply, or the loss of either."""
        assert one.ask is not None
        if self.world.random.random() < 0.005:
            self._go_on(one, lambda: one.task.throw(AwayError("lost")))
        elif len(one.replies) < len(one.ask.commands):
            command = one.ask.commands[len(one.replies)]
            one.replies.append(Reply(self.server.answer(command), self.server.run, SINGLE))
        else:
            replies, one.replies = one.replies, []
            # One connection is to one server process: where that was replaced in the midst, nothing is heard.
            if len({reply.run for reply in replies}) > 1:
                self._go_on(one, lambda: one.task.throw(AwayError("lost")))
            else:
                self._go_on(one, lambda: one.task.send(replies))

    def _go_on(self, one: Doing, do: Callable[[], Ask | Pause]) -> None:
        one.replies = []
        try:
            step = do()
            while isinstance(step, Pause):
                step = one.task.send([])
            one.ask = step
        except StopIteration as ended:
            self.doing.remove(one)
            one.ended(ended.value)
        except AwayError:
            self.doing.remove(one)

    # -- what it does

    def poll(self) -> None:
        database, before = self.world.database, self.position
        now = Position(f"epoch {database.epoch}", database.snapshot())
        if before is None or before.epoch != now.epoch:
            self.protocol.owed.everything()
            self.forgot += 1
        else:
            seen = [xid for xid in database.committed if now.snapshot.sees(xid) and not before.snapshot.sees(xid)]
            self.protocol.owed.write([Change(xid, database.committed[xid]) for xid in sorted(seen)])
        self.position = now
        self.protocol.follows(now)

    def tell(self) -> None:
        """As the teller does."""
        self.begin(self._telling(self.position))

    def _telling(self, position: Position | None) -> Task:
        yield from self.protocol.settling(3)
        if position is not None and not self.protocol.owed.root_due and not len(self.protocol.owed):
            yield from self.protocol.leaving(position)

    def resume(self) -> None:
        self.asked_for_position = True

        def ended(position: Position | None) -> None:
            self.position = position

        self.begin(self.protocol.resuming(), ended)

    def read(self, key: str) -> None:
        begun, forgot = self.position, self.forgot
        if begun is None:
            return
        known, found_late = KEYS[key]

        def ended(told: Any) -> None:
            if isinstance(told, Found):
                if forgot == self.forgot:  # else tier 1 refuses it
                    self.world.check(begun, told)
            elif told.ticket is not None:
                self.fill(key, known + found_late, begun, told.ticket, forgot)

        self.begin(self.protocol.looking(key, known), ended)

    def fill(self, key: str, tags: tuple[str, ...], begun: Position, ticket: Any, forgot: int) -> None:
        """Reads now, by a snapshot of its own or counted as of its beginning; it is stored some time later."""
        database = self.world.database
        real = database.snapshot()
        value = (database.epoch, *sorted(xid for xid in database.committed if real.sees(xid)))
        snapshot = real if self.world.random.random() < 0.5 else begun.snapshot
        self.world.fills += 1
        self.filled.append((key, Filled(value, snapshot, tags, 60.0, ticket), forgot))

    def store(self) -> None:
        """As far as tier 1 lets it."""
        if self.filled:
            key, filled, forgot = self.filled.pop(self.world.random.randrange(len(self.filled)))
            if forgot == self.forgot:
                self.begin(self.protocol.storing(key, filled))


class World:
    """Some processes, what may happen next by chance, and what was found to be wrong."""

    def __init__(self, random: Random, kind: type[Protocol] = Protocol) -> None:
        self.random = random
        self.kind = kind
        self.numbers = count()
        self.database = Database()
        self.servers = [Server("run0", {})]
        self.dumps: list[dict[bytes, bytes]] = [{}]
        self.processes = [Process(self, self.servers[0]) for _ in range(3)]
        self.hits = self.fills = 0
        self.stale: list[str] = []

    def check(self, begun: Position, found: Found) -> None:
        """What was found, against what its reader's position covers."""
        self.hits += 1
        if begun.epoch != f"epoch {self.database.epoch}":
            return
        epoch, *seen = found.value
        names = set(names_of(found.tags))
        wrote = {xid for xid, tags in self.database.committed.items() if names & _marked(tags)}
        missing = [xid for xid in wrote if begun.snapshot.sees(xid) and xid not in seen]
        if missing or epoch != self.database.epoch:
            self.stale.append(f"{found} lacks {missing}, which {begun} covers")

    def happen(self) -> None:
        weights = {
            self.go_on: 60, self.write: 3, self.commit: 3, self.poll: 6, self.tell: 6, self.read: 20, self.store: 20,
            self.evict: 1, self.dump: 0.2, self.fail_over: 0.6, self.replace: 0.2, self.restart: 0.3, self.lose: 0.1,
        }  # fmt: skip
        self.random.choices(list(weights), list(weights.values()))[0]()

    def one(self) -> Process:
        return self.random.choice(self.processes)

    def go_on(self) -> None:
        process = self.one()
        if process.doing:
            one = self.random.choice(process.doing)
            for _ in range(self.random.choice((1, 2, 20))):
                if one in process.doing:
                    process.step(one)

    def write(self) -> None:
        if len(self.database.open) < 3:
            self.database.open[self.database.next] = [self.random.choice(WRITTEN)]
            self.database.next += 1

    def commit(self) -> None:
        if self.database.open:
            xid = self.random.choice(list(self.database.open))
            self.database.committed[xid] = tuple(self.database.open.pop(xid))

    def poll(self) -> None:
        process = self.one()
        if process.position is None and not process.asked_for_position:
            process.resume()
        elif not any(one.ask is not None and process.position is None for one in process.doing):
            process.poll()

    def tell(self) -> None:
        process = self.one()
        if process.position is not None:
            process.tell()

    def read(self) -> None:
        process = self.one()
        if len(process.doing) < 4:
            process.read(self.random.choice(list(KEYS)))

    def store(self) -> None:
        self.one().store()

    def evict(self) -> None:
        server = self.random.choice(self.servers)
        if server.held:
            del server.held[self.random.choice(list(server.held))]

    def dump(self) -> None:
        self.dumps.append(dict(self.servers[-1].held))

    def replace(self) -> None:
        """Another server process, with what was there, or an old dump; who reaches it comes there by and by."""
        self.servers.append(Server(f"run{len(self.servers)}", self.random.choice(self.dumps)))

    def fail_over(self) -> None:
        """A process reaches another server process than before, maybe one that lives on beside the newest."""
        self.one().server = self.random.choice(self.servers[-2:])

    def restart(self) -> None:
        number = self.random.randrange(len(self.processes))
        self.processes[number] = Process(self, self.servers[-1])

    def lose(self) -> None:
        self.database.fails_over(self.random.randrange(3))


def _marked(tags: tuple[str, ...]) -> set[str]:
    return {name for tag in tags for name in written_names(tag)}
