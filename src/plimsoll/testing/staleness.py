"""Judges whether what a cache served was too old: from histories of writes and reads by any number of processes. Pure.

What is written has a key and a version that each write of it raises, as a column `version` of a row. Writers note when
they began and when COMMIT had returned; readers note when they asked and which version they got:

    verdict = judge(writes, reads, allowed_s=0.25)
    assert not verdict.violations, verdict.violations[0]

All times are seconds of one clock for all processes: CLOCK_BOOTTIME or CLOCK_MONOTONIC, which is one clock for a
machine. After Wing and Gong's histories (Testing and Verifying Concurrent Objects, 1993); a version for each write
makes the judgement O(n log n), where in general it is NP-hard.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf
from typing import Final, Literal, NamedTuple

KEPT_MAX: Final = 1000  # violations that a verdict holds; the others are only counted
Fate = Literal["committed", "undone", "unknown"]
Kind = Literal["stale", "own write missing", "never committed", "never written"]


class Write(NamedTuple):
    """One write of one key. `ended_s`: when COMMIT or ROLLBACK had returned; `absent`: there is no row since.

    `fate` is "unknown" if the connection was lost while COMMIT was under way: nobody may rely on it, whoever sees it
    is right. Writes of a key happen one after another, in the order of their versions.
    """

    key: str
    version: int
    begun_s: float
    ended_s: float
    fate: Fate = "committed"
    absent: bool = False


class Read(NamedTuple):
    """What one read of one key gave: its version, or None where there was no row.

    `served` says by whom, as "tier 1" or "database". `at_least`: the version that the reader knows of himself, as by
    a token of his own write; 0: none.
    """

    key: str
    version: int | None
    began_s: float
    ended_s: float
    served: str = ""
    process: str = ""
    at_least: int = 0


class Violation(NamedTuple):
    """A read that must not have been. `age_s`: how long before it began a newer version had been acknowledged."""

    kind: Kind
    read: Read
    age_s: float

    def __str__(self) -> str:
        read = self.read
        got = "no row" if read.version is None else f"version {read.version}"
        since = f", {self.age_s * 1000:.0f} ms after a newer one was acknowledged" if self.kind == "stale" else ""
        who = " ".join(filter(None, (read.process, f"by {read.served}" if read.served else "")))
        return f"{self.kind}: {read.key} at {read.began_s:.3f} s: {got}{since}{f' ({who})' if who else ''}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`count` violations, by kind and by process; the first are in `violations`. `stalest_s`: the largest age of any
    read, in seconds, allowed or not; 0 if none was behind. `served` are reads by who served them."""

    writes: int
    reads: int
    served: Mapping[str, int]
    count: int
    kinds: Mapping[str, int]
    processes: Mapping[str, int]
    stalest_s: float
    violations: tuple[Violation, ...] = field(repr=False)

    def share(self, *served: str) -> float:
        """Of the reads, those served by these; 0 if there were none."""
        return sum(self.served.get(one, 0) for one in served) / self.reads if self.reads else 0.0


def judge(writes: Iterable[Write], reads: Iterable[Read], allowed_s: float) -> Verdict:
    """Whether any read was behind by more than `allowed_s` seconds, lacked what its reader had written, or was made up.

    A read that began at s and gave version v is stale if a version above v was acknowledged by s − `allowed_s`.
    """
    by_key: dict[str, list[Write]] = {}
    for write in writes:
        by_key.setdefault(write.key, []).append(write)
    courses = {key: _Course(found) for key, found in by_key.items()}
    nothing = _Course(())
    served: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    processes: Counter[str] = Counter()
    kept: list[Violation] = []
    stalest_s = 0.0
    for read in reads:
        served[read.served] += 1
        course = courses.get(read.key, nothing)
        since_s = course.superseded_s(read)
        age_s = max(0.0, read.began_s - since_s)
        stalest_s = max(stalest_s, age_s)
        kind = course.wrong(read, since_s <= read.began_s - allowed_s)
        if kind is not None:
            kinds[kind] += 1
            processes[read.process] += 1
            if len(kept) < KEPT_MAX:
                kept.append(Violation(kind, read, age_s))
    committed = sum(write.fate == "committed" for found in by_key.values() for write in found)
    return Verdict(committed, served.total(), served, kinds.total(), kinds, processes, stalest_s, tuple(kept))


class _Course:
    """What became of one key, so that each question about it is one look."""

    def __init__(self, writes: Iterable[Write]) -> None:
        ordered = sorted(writes, key=lambda write: write.version)
        self._fates = {write.version: write.fate for write in ordered}
        committed = [write for write in ordered if write.fate == "committed"]
        self._versions = [write.version for write in committed]
        # acknowledged first of this and all later versions
        earliest = list(accumulate((write.ended_s for write in reversed(committed)), min))
        self._superseded_s = [*reversed(earliest), inf]
        gone = [write for write in ordered if write.absent and write.fate != "undone"]
        self._gone = [0, *(write.version for write in gone)]
        self._gone_since = list(accumulate((write.begun_s for write in gone), max))

    def superseded_s(self, read: Read) -> float:
        """When a newer version than the one read was first acknowledged; infinite if none was."""
        return self._superseded_s[bisect_right(self._versions, self._version(read))]

    def wrong(self, read: Read, stale: bool) -> Kind | None:
        if read.version is not None and read.version not in self._fates:
            return "never written"
        if read.version is not None and self._fates[read.version] == "undone":
            return "never committed"
        if self._version(read) < read.at_least:
            return "own write missing"
        return "stale" if stale else None

    def _version(self, read: Read) -> int:
        """That it was absent may be of any version without a row that was written by then: the latest is taken."""
        if read.version is not None:
            return read.version
        return self._gone[bisect_right(self._gone_since, read.ended_s)]
