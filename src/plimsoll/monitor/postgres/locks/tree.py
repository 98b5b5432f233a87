"""Who waits for whom, as trees to be read from the top. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A session's place. `depth` 0 waits for nobody, except where `in_circle`: there the circle was cut open for it to
    be read, and `waits_for` names whom it waits for. `blocks` counts all that wait behind it."""

    pid: int
    depth: int
    waits_for: int | None
    blocks: int
    in_circle: bool = False


def places(blocked_by: Mapping[int, Sequence[int]]) -> list[Place]:
    """In the order of reading: each session below the one it waits for, who blocks most first.

    A session that waits for several stands under the one at the end of the longest chain: that tells how long it takes.
    """
    order, cut = _in_order(blocked_by)
    kept = {pid: [one for one in blocked_by.get(pid, ()) if one not in cut.get(pid, ())] for pid in order}
    depths: dict[int, int] = {}
    for pid in order:  # blockers come before those they block
        depths[pid] = 1 + max((depths[one] for one in kept[pid]), default=-1)
    blocks = _blocks(order, kept)
    parents = {pid: max(kept[pid], key=lambda one: (depths[one], blocks[one], -one)) for pid in order if kept[pid]}
    below: dict[int | None, list[int]] = {}
    for pid in sorted(order, key=lambda pid: (-blocks[pid], pid)):
        below.setdefault(parents.get(pid), []).append(pid)
    return [
        Place(pid, depths[pid], parents.get(pid, min(cut.get(pid, ()), default=None)), blocks[pid], pid in cut)
        for pid in _reading(below)
    ]


def _in_order(blocked_by: Mapping[int, Sequence[int]]) -> tuple[list[int], dict[int, set[int]]]:
    """All sessions, blockers first, and what had to be cut for that: of a circle, the wait that closes it."""
    order: list[int] = []
    cut: dict[int, set[int]] = {}
    done: set[int] = set()
    for start in sorted(blocked_by):
        under_way = [(start, iter(blocked_by[start]))] if start not in done else []
        open_now = {start}
        while under_way:
            pid, rest = under_way[-1]
            blocker = next(rest, None)
            if blocker is None:
                under_way.pop()
                open_now.discard(pid)
                done.add(pid)
                order.append(pid)
            elif blocker in open_now:
                cut.setdefault(pid, set()).add(blocker)
            elif blocker not in done:
                open_now.add(blocker)
                under_way.append((blocker, iter(blocked_by.get(blocker, ()))))
    return order, cut


def _blocks(order: Sequence[int], kept: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """How many wait behind each. The sets are bits of a number, since all of them may wait behind each."""
    bit = {pid: 1 << number for number, pid in enumerate(order)}
    behind = dict.fromkeys(order, 0)
    for pid in reversed(order):
        for one in kept[pid]:
            behind[one] |= behind[pid] | bit[pid]
    return {pid: bits.bit_count() for pid, bits in behind.items()}


def _reading(below: Mapping[int | None, Sequence[int]]) -> list[int]:
    read: list[int] = []
    ahead = list(reversed(below.get(None, ())))
    while ahead:
        read.append(ahead.pop())
        ahead += reversed(below.get(read[-1], ()))
    return read
