"""Whatever happens in whatever order, no value is served that lacks what its reader knows; and each rule is needed."""

from collections.abc import Iterable, Sequence
from random import Random

import pytest

from plimsoll.cache.shared.asking import Reply
from plimsoll.cache.shared.envelope import Envelope
from plimsoll.cache.shared.left import Root
from plimsoll.cache.shared.raised import Stamp
from plimsoll.cache.shared.steps import Protocol, Tags, Ticket
from plimsoll.changes.polling import Position
from tests.cache.shared.model import World

STEPS = 1_500


def walk(seed: int, kind: type[Protocol] = Protocol) -> World:
    world = World(Random(seed), kind)
    for _ in range(STEPS):
        world.happen()
        if world.stale:
            break
    return world


def test_nothing_stale_is_ever_served() -> None:
    worlds = [walk(seed) for seed in range(15)]
    assert [line for world in worlds for line in world.stale] == []
    assert sum(world.hits for world in worlds) > 200
    assert sum(world.fills for world in worlds) > 200


class BelievesWhatIsThere(Protocol):
    def _holds(self, envelope: Envelope, root: Root, tags: Tags) -> bool:
        return envelope.root == root.nonce


class IgnoresTheRoot(Protocol):
    def _holds(self, envelope: Envelope, root: Root, tags: Tags) -> bool:
        return super()._holds(envelope, Root(envelope.root, str(self.epoch)), tags)


class TakesStampsReadLate(Protocol):
    def _read_before(self, names: Iterable[str], ticket: Ticket) -> dict[str, Stamp]:
        return super()._read_before(names, Ticket(ticket.era, ticket.epoch, ticket.root, {}, 2**60, ticket.lease))


class BelievesAnyServer(Protocol):
    def _believed(self, replies: Sequence[Reply]) -> None:
        pass


class IsNeverBehind(Protocol):
    @property
    def in_use(self) -> bool:
        return self.epoch is not None

    def _still(self, era: int) -> bool:
        return True


class KeepsTheRootOfAnotherEpoch(Protocol):
    def follows(self, position: Position) -> None:
        super().follows(position)
        self.owed.resumed()


@pytest.mark.parametrize(
    ("kind", "first"),  # the first walk to try: of a hundred or so several find it
    [
        (BelievesWhatIsThere, 0),
        (IgnoresTheRoot, 17),
        (TakesStampsReadLate, 32),
        (BelievesAnyServer, 33),
        (IsNeverBehind, 36),
        (KeepsTheRootOfAnotherEpoch, 8),
    ],
)
def test_without_a_rule_something_stale_is_found(kind: type[Protocol], first: int) -> None:
    assert any(walk(seed, kind).stale for seed in range(first, first + 150))
