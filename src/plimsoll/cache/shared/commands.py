"""The commands of one cache. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from plimsoll.cache.shared.asking import Command, Reply, Run, script
from plimsoll.cache.shared.naming import Names
from plimsoll.cache.shared.owed import Part
from plimsoll.cache.shared.scripts import MAKE, RAISE, RELEASE, RENEW

TAG_TTL_S: Final = 86_400  # of a tag's key since it was last stored with; when it goes, entries are misses
POSITION_TTL_S: Final = 86_400
ENTRY_TTL_S_MAX: Final = 7 * 86_400
_NEW_TAG: Final = "0 0 0"

Told = tuple[object, str]  # what is under a key, and the run id of who said so
Spread = Callable[[Sequence[Reply]], list[Told]]


class Commands:
    """What to send for what."""

    def __init__(self, names: Names, *, clustered: bool) -> None:
        self.names = names
        self._clustered = clustered

    def gets(self, keys: Sequence[bytes]) -> tuple[list[Command], Spread]:
        """Reading several keys, and how to read the replies: one by one from a cluster, whose nodes have some each."""
        if self._clustered:
            one_by_one = [Command(key, (b"GET", key)) for key in keys]
            return one_by_one, lambda replies: [(reply.value, reply.run) for reply in replies]
        return [Command(keys[0], (b"MGET", *keys))], _spread

    def payments(self, part: Part, epoch: str) -> list[Command]:
        """What is owed: tags to raise, entries to take out."""
        raising = [
            script(RAISE, self.names.tag(name), Run.ID, epoch, write.folded, *write.xids) for name, write in part.writes
        ]
        return raising + [Command(key, (b"DEL", key)) for key in map(self.names.entry, part.keys)]

    def making(self, tags: Iterable[str], epoch: str, nonce: Callable[[], str]) -> list[Command]:
        """Keys of tags, where there are none."""
        keys = map(self.names.tag, tags)
        return [script(MAKE, key, Run.ID, f".{epoch}", f"{nonce()} {_NEW_TAG}", TAG_TTL_S) for key in keys]

    def making_root(self, nonce: str, epoch: str) -> Command:
        return script(MAKE, self.names.root, Run.ID, "", f"{nonce} {epoch}", 0)

    def renewing(self, nonce: str, epoch: str) -> Command:
        return script(RENEW, self.names.root, Run.ID, f"{nonce} {epoch}")

    def reading_ttl(self, key: str) -> Command:
        entry = self.names.entry(key)
        return Command(entry, (b"PTTL", entry))

    def storing(self, key: str, blob: bytes, ttl_s: float, tags: Iterable[str]) -> list[Command]:
        """The entry first; its tags' keys then live longer than it."""
        entry, ttl_s = self.names.entry(key), min(ttl_s, ENTRY_TTL_S_MAX)
        kept_s = max(TAG_TTL_S, int(ttl_s) * 2)
        storing = Command(entry, (b"SET", entry, blob, b"PX", max(1, int(ttl_s * 1_000))))
        return [storing, *(Command(one, (b"EXPIRE", one, kept_s)) for one in map(self.names.tag, tags))]

    def leasing(self, key: str, holder: str, lease_s: float) -> Command:
        lease = self.names.lease(key)
        return Command(lease, (b"SET", lease, holder, b"NX", b"PX", max(1, int(lease_s * 1_000))))

    def releasing(self, key: str, holder: str) -> list[Command]:
        return [script(RELEASE, self.names.lease(key), holder)] if holder else []

    def leaving(self, text: str) -> Command:
        return Command(self.names.position, (b"SET", self.names.position, text, b"EX", POSITION_TTL_S))

    def resuming(self) -> Command:
        return Command(self.names.position, (b"GET", self.names.position))


def _spread(replies: Sequence[Reply]) -> list[Told]:
    values, run, _ = replies[0]
    return [(value, run) for value in values] if isinstance(values, list) else []
