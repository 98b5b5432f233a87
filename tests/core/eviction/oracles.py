"""The policies once more, from the papers, slow and obvious: lists whose first item is the newest, nothing cached.

They share no code with what they judge. Limits: entries, and weight.
"""

from math import floor

Limits = tuple[int, int]


class Oracle:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.weights: dict[int, int] = {}  # of what is held

    def request(self, key: int, weight: int) -> tuple[bool, list[int]]:
        """Whether it was a hit, and what went."""
        if key in self.weights:
            self.hit(key)
            return True, []
        if weight > self.limits[1]:
            return False, [key]
        gone = self.insert(key, weight)
        self.weights[key] = weight
        return False, gone

    def make_room(self, entries: int, weight: int) -> list[int]:
        gone = []
        while len(self.weights) + entries > self.limits[0] or sum(self.weights.values()) + weight > self.limits[1]:
            gone.append(self.evict())
        return gone

    def evict(self) -> int:
        victim = self.victim()
        del self.weights[victim]
        return victim

    def remove(self, key: int) -> None:
        self.take_out(key)
        del self.weights[key]

    def reweigh(self, key: int, weight: int) -> list[int]:
        self.weights[key] = weight
        return self.make_room(0, 0)

    def resize(self, limits: Limits) -> list[int]:
        self.limits = limits
        self.forget()
        return self.make_room(0, 0)

    def forget(self) -> None:
        """Ghosts for which there is no room."""

    def weigh(self, keys: list[int]) -> int:
        return sum(self.weights[key] for key in keys)

    def hit(self, key: int) -> None:
        raise NotImplementedError

    def insert(self, key: int, weight: int) -> list[int]:
        raise NotImplementedError

    def victim(self) -> int:
        raise NotImplementedError

    def take_out(self, key: int) -> None:
        raise NotImplementedError


def within(ghosts: list[tuple[int, int]], part: float, limits: Limits) -> list[tuple[int, int]]:
    """The newest of them, as many as fit into a part of both limits (at least 1)."""
    entries, weight = (max(1, floor(round(limit * part, 6))) for limit in limits)
    while len(ghosts) > entries or sum(one[1] for one in ghosts) > weight:
        ghosts = ghosts[:-1]
    return ghosts


class LruOracle(Oracle):
    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.used: list[int] = []

    def hit(self, key: int) -> None:
        self.used.remove(key)
        self.used.insert(0, key)

    def insert(self, key: int, weight: int) -> list[int]:
        gone = self.make_room(1, weight)
        self.used.insert(0, key)
        return gone

    def victim(self) -> int:
        return self.used.pop()

    def take_out(self, key: int) -> None:
        self.used.remove(key)


class SieveOracle(Oracle):
    """Algorithm 1 of the paper: one list T, a hand that moves from the tail to the head."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.list: list[int] = []
        self.visited: dict[int, bool] = {}
        self.hand: int | None = None

    def newer(self, key: int) -> int | None:
        at = self.list.index(key)
        return self.list[at - 1] if at else None

    def hit(self, key: int) -> None:
        self.visited[key] = True

    def insert(self, key: int, weight: int) -> list[int]:
        gone = self.make_room(1, weight)
        self.list.insert(0, key)
        self.visited[key] = False
        return gone

    def victim(self) -> int:
        o = self.list[-1] if self.hand is None else self.hand
        while self.visited[o]:
            self.visited[o] = False
            after = self.newer(o)
            o = self.list[-1] if after is None else after
        self.hand = self.newer(o)
        self.list.remove(o)
        return o

    def take_out(self, key: int) -> None:
        if self.hand == key:
            self.hand = self.newer(key)
        self.list.remove(key)


class S3FifoOracle(Oracle):
    """Algorithm 1 of the paper; one victim an eviction, as the authors' simulator has it."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.s: list[int] = []
        self.m: list[int] = []
        self.g: list[tuple[int, int]] = []
        self.freq: dict[int, int] = {}

    def hit(self, key: int) -> None:
        self.freq[key] = min(self.freq[key] + 1, 3)

    def insert(self, key: int, weight: int) -> list[int]:
        gone = self.make_room(1, weight)
        if any(key == ghost for ghost, _ in self.g):
            self.g = [one for one in self.g if one[0] != key]
            self.m.insert(0, key)
        else:
            self.s.insert(0, key)
        self.freq[key] = 0
        return gone

    def victim(self) -> int:
        small_is_full = 10 * len(self.s) >= self.limits[0] or 10 * self.weigh(self.s) >= self.limits[1]
        if small_is_full or not self.m:
            while self.s:
                t = self.s.pop()
                if self.freq[t] <= 1:
                    self.g.insert(0, (t, self.weights[t]))
                    self.forget()
                    return t
                self.m.insert(0, t)
                self.freq[t] = 0
        while True:
            t = self.m.pop()
            if self.freq[t] == 0:
                return t
            self.freq[t] -= 1
            self.m.insert(0, t)

    def take_out(self, key: int) -> None:
        (self.s if key in self.s else self.m).remove(key)

    def forget(self) -> None:
        self.g = within(self.g, 0.9, self.limits)


class TwoQueuesOracle(Oracle):
    """The full version: A1in, A1out, Am; reclaimfor(X) frees a slot before X is put anywhere."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.a1in: list[int] = []
        self.a1out: list[tuple[int, int]] = []
        self.am: list[int] = []

    def hit(self, key: int) -> None:
        if key in self.am:
            self.am.remove(key)
            self.am.insert(0, key)

    def insert(self, key: int, weight: int) -> list[int]:
        known = any(key == ghost for ghost, _ in self.a1out)
        gone = self.make_room(1, weight)
        if known:
            self.a1out = [one for one in self.a1out if one[0] != key]
        (self.am if known else self.a1in).insert(0, key)
        return gone

    def victim(self) -> int:
        kin_entries, kin_weight = (max(1, limit // 4) for limit in self.limits)
        if len(self.a1in) > kin_entries or self.weigh(self.a1in) > kin_weight or not self.am:
            y = self.a1in.pop()
            self.a1out.insert(0, (y, self.weights[y]))
            self.forget()
            return y
        return self.am.pop()

    def take_out(self, key: int) -> None:
        (self.am if key in self.am else self.a1in).remove(key)

    def forget(self) -> None:
        self.a1out = within(self.a1out, 0.5, self.limits)


ORACLES: dict[str, type[Oracle]] = {
    "lru": LruOracle, "sieve": SieveOracle, "s3-fifo": S3FifoOracle, "2q": TwoQueuesOracle,
}  # fmt: skip


def plain_belady(keys: list[int], entries: int) -> int:
    """Misses of Belady's MIN: of what is held that goes which is asked again latest."""
    held: set[int] = set()
    misses = 0
    for at, key in enumerate(keys):
        if key in held:
            continue
        misses += 1
        later = keys[at + 1 :]
        if len(held) == entries:
            held.remove(max(held, key=lambda one: later.index(one) if one in later else len(keys)))
        held.add(key)
    return misses


def fewest_misses(keys: list[int], entries: int) -> int:
    """Of all that could be decided: every possible victim tried."""
    states: dict[frozenset[int], int] = {frozenset(): 0}
    for key in keys:
        after: dict[frozenset[int], int] = {}
        for held, misses in states.items():
            if key in held:
                choices = [(held, misses)]
            elif len(held) < entries:
                choices = [(held | {key}, misses + 1)]
            else:
                choices = [(held - {gone} | {key}, misses + 1) for gone in held]
            for state, count in choices:
                after[state] = min(count, after.get(state, count))
        states = after
    return min(states.values())
