"""What a poll of the changelog means, how long to wait for the next one, and when to try again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Literal, NamedTuple

from plimsoll.core.errors import RefusedError
from plimsoll.core.snapshot import Snapshot

POLLED_MAX: Final = 20_000  # rows of one poll; above, everything is dropped
TRIMMED_MAX: Final = 1_000  # rows that one call of `plimsoll_changes.tend` deletes
TEND_EVERY_S: Final = 1.0
TEND_AGAIN_S: Final = 0.1  # where there is more to delete than one call does
RETRY_S_MAX: Final = 5.0
CROWD_S: Final = 0.5
_RETRY_S: Final = 0.05

Reason = Literal["start", "epoch", "trimmed", "overrun"]


class Change(NamedTuple):
    """Tags that a committed transaction wrote: of rows, of whole families, of tables.

    `gone`: by a DELETE or TRUNCATE. Of a row that an UPDATE takes from where it was seen nothing is known.
    """

    xid: int
    tags: tuple[str, ...]
    gone: bool = False


class Position(NamedTuple):
    """Up to where the changelog was read: all that `snapshot` sees. `epoch` names installation, server, timeline and
    database; with another one neither snapshots nor transaction ids can be compared."""

    epoch: str
    snapshot: Snapshot

    @property
    def database(self) -> str:
        """As a connection tells it by `changes.database.DATABASE`; the second and last word of the epoch."""
        words = self.epoch.split(" ")
        return f"{words[1]}/{words[-1]}" if len(words) > 1 else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one poll said: where the server is, what it has deleted, and what is committed since the last position.

    `number` counts the polls of all pollers of the database; None where nothing may be written.
    """

    position: Position
    trimmed: Snapshot
    changes: tuple[Change, ...] = ()
    number: int | None = None

    @staticmethod
    def read(rows: Sequence[Mapping[str, Any]]) -> "Answer":
        """From the rows of `plimsoll_changes.poll`: the first tells where the server is."""
        if not rows:
            why = "its row in plimsoll_changes.state is gone"
            raise RefusedError(
                "the changelog cannot be polled", why=why, remedy="plimsoll cache remove, and install it again"
            )
        told = rows[0]
        return Answer(
            Position(f"{told['epoch']} {told['database']}", Snapshot.parse(told["snapshot"])),
            Snapshot.parse(told["trimmed"]),
            tuple(Change(int(row["xid"]), tuple(row["tags"]), row["number"] == 1) for row in rows[1:]),
            told["number"],
        )


@dataclass(frozen=True, slots=True)
class State:
    """What a process knows. `sequence` counts the polls applied; `watermark_s` is when the last of them was sent."""

    position: Position | None = None
    sequence: int = 0
    watermark_s: float | None = None

    def age_s(self, now_s: float) -> float:
        """How long ago what is applied was all there was; infinite before the first poll."""
        return float("inf") if self.watermark_s is None else now_s - self.watermark_s

    def applied(self, answer: Answer, sent_s: float) -> "State":
        """After all that the answer says was applied everywhere."""
        return State(answer.position, self.sequence + 1, sent_s)


def everything(state: State, answer: Answer) -> Reason | None:
    """Why all that is cached must go, since changes may be missing; None: the answer's changes are all there are.

    "start": nothing is known of before. "epoch": another server, timeline or installation, or one that crashed.
    "trimmed": rows that were not read yet may be deleted. "overrun": more rows than one poll reads.
    """
    before = state.position
    if before is None:
        return "start"
    if answer.position.epoch != before.epoch or not answer.position.snapshot.covers(before.snapshot):
        return "epoch"
    if not before.snapshot.covers(answer.trimmed):
        return "trimmed"
    return "overrun" if len(answer.changes) > POLLED_MAX else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between polls: `busy_s` after one that found something, longer by and by up to `idle_s`;
    `hurried_s` where somebody waits for the next one.

    Polling takes no more than `share` of one server process, whatever a poll takes, and all pollers of a database
    together no more than `polls_per_s_max`, unless that came to a pause above `slowest_s`: so up to
    polls_per_s_max x slowest_s pollers, and each of more polls so seldom.
    """

    busy_s: float = 0.005
    idle_s: float = 0.025
    hurried_s: float = 0.005
    share: float = 0.25
    slowest_s: float = 0.1
    polls_per_s_max: float = 1_000.0
    _growth: float = field(default=1.5, repr=False)

    def __post_init__(self) -> None:
        assert 0 < self.busy_s <= self.idle_s <= self.slowest_s
        assert 0 < self.hurried_s <= self.idle_s
        assert 0 < self.share <= 1
        assert self.polls_per_s_max > 0

    def pause_s(self, before_s: float, found: int, took_s: float, crowd: float = 1.0) -> float:
        """The next pause: after one of `before_s`, a poll that took `took_s` and found so many rows.

        `crowd` is how many polls all pollers make for each of ours. If all have the same pace, that is how many they
        are; a poller that is slower than others sees more of them, and is held to its pace while they poll too much.
        """
        wanted = self.busy_s if found else min(max(before_s, self.busy_s) * self._growth, self.idle_s)
        return self._bounded_s(wanted, took_s, crowd)

    def hurried_pause_s(self, took_s: float, crowd: float = 1.0) -> float:
        """The least pause after a poll that took `took_s`, where somebody waits for the next one."""
        return self._bounded_s(self.hurried_s, took_s, crowd)

    def _bounded_s(self, wanted: float, took_s: float, crowd: float) -> float:
        together = crowd / self.polls_per_s_max - took_s
        return min(max(wanted, took_s * (1 / self.share - 1), together), self.slowest_s)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many polls of all pollers there are for each of ours, in `polls`: as it was in the last CROWD_S or so."""

    polls: float = 1.0
    _since: tuple[float, int] | None = None  # when the stretch that is counted began, and with which number
    _own: int = 0

    def polled(self, number: int | None, now_s: float) -> "Crowd":
        """After a poll of ours that got this number. What was counted before a number that goes back counts no more."""
        if number is None:
            return Crowd()
        if self._since is None or number < self._since[1]:
            return Crowd(self.polls, (now_s, number))
        began_s, first = self._since
        own = self._own + 1
        if now_s - began_s < CROWD_S:
            return replace(self, _own=own)
        return Crowd((number - first) / own, (now_s, number))


def retry_s(failures: int, random: Random) -> float:
    """How long to wait before another try to connect: doubling, up to RETRY_S_MAX, and not all at once."""
    longest: float = min(_RETRY_S * 2 ** min(failures, 10), RETRY_S_MAX)
    return longest * random.uniform(0.5, 1.0)


def tend_again_s(deleted: int) -> float:
    """When the changelog is to be looked after again."""
    return TEND_AGAIN_S if deleted >= TRIMMED_MAX else TEND_EVERY_S


@dataclass(frozen=True, slots=True)
class Counts:
    """What a poller did. `rows` of the changelog, `everything` by reason. `trouble` is why it cannot poll,
    `neglected` why the changelog is not looked after; "" if all is well."""

    polls: int = 0
    rows: int = 0
    failures: int = 0
    everything: Mapping[str, int] = field(default_factory=dict)
    tended: int = 0
    trouble: str = ""
    neglected: str = ""

    def polled(self, rows: int, reason: Reason | None) -> "Counts":
        so_far = dict(self.everything)
        if reason is not None:
            so_far[reason] = so_far.get(reason, 0) + 1
        return replace(self, polls=self.polls + 1, rows=self.rows + rows, everything=so_far, trouble="")

    def failed(self, words: str) -> "Counts":
        return replace(self, failures=self.failures + 1, trouble=words)


def tags_with_xids(changes: Iterable[Change]) -> dict[str, int]:
    """Each tag once, with the highest transaction id that wrote it."""
    highest: dict[str, int] = {}
    for xid, tags, _ in changes:
        for tag in tags:
            if xid > highest.get(tag, 0):
                highest[tag] = xid
    return highest
