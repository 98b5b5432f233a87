"""What of the advice on a case was right, missing, superfluous or harmful. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.prove.tuning.alike import accepted_in, plain, plain_all
from tests.prove.tuning.cases import Case
from tests.prove.tuning.played import INDEXES, Played

SLOWER = 1.25  # times the workload's time before: more than noise
NOISE_MS = 0.1  # a call


@dataclass(frozen=True, slots=True)
class Score:
    """`advised` is in words. `left` is the share of the workload's time that is left where the advice is followed;
    `again`: it was played a second time, since its first answer was wrong."""

    case: Case
    advised: Sequence[str]
    missing: Sequence[str] = ()
    superfluous: Sequence[str] = ()
    harmful: Sequence[str] = ()
    left: float = 1.0
    seconds: float = 0.0
    again: bool = False

    @classmethod
    def of(cls, played: Played) -> "Score":
        case = played.case
        answer = accepted_in(case.accepted, played.indexes)
        extra = [one.definition for one in played.indexes if plain(one) not in (answer or frozenset())]
        return cls(
            case,
            _advised(played),
            [*_missing(case, answer is None), *_missing_drops(played), *_missing_beyond(played)],
            [*extra, *_extra_drops(played), *_extra_beyond(played)],
            harm(played),
            played.left,
            played.seconds,
        )

    @classmethod
    def failed(cls, case: Case, why: str) -> "Score":
        """Of a case that could not be played."""
        return cls(case, [f"not played: {why}"], ["an answer"])

    @property
    def right(self) -> bool:
        return not (self.missing or self.superfluous or self.harmful)

    @property
    def words(self) -> str:
        said = "right" if self.right else "HARMFUL" if self.harmful else "wrong"
        parts = {"harmful": self.harmful, "missing": self.missing, "superfluous": self.superfluous}
        told = "; ".join(f"{name}: {', '.join(what)}" for name, what in parts.items() if what)
        again = ", the second time" if self.again else ""
        return f"{said}{again} ({self.left:.2f}, {self.seconds:.1f} s) {told or '; '.join(self.advised) or 'nothing'}"


def harm(played: Played) -> list[str]:
    """What must never be advised, or a workload that takes longer when all of it is followed."""
    case = played.case
    never = {plain(index): why for index, why in case.never.items()}
    tempted = [one for one in played.indexes if plain(one) in never] if _alone(case, played) else []
    found = [f"{one.definition}: {never[plain(one)]}" for one in tempted]
    found += [f"drop {one.name}: {case.kept[one.name]}" for one in played.dropped if one.name in case.kept]
    calls = sum(one.calls for one in case.asked)
    if played.left > SLOWER and (played.followed.ms - played.before.ms) / calls > NOISE_MS:
        found.append(f"the workload takes {played.left:.2f} times as long")
    return found


def share(right: Iterable[bool]) -> float:
    known = list(right)
    return sum(known) / len(known) if known else 1.0


def _alone(case: Case, played: Played) -> bool:
    """Whether no right answer makes it a part of itself: one arm of an OR pays with the other only."""
    answer = accepted_in(case.accepted, played.indexes)
    return answer is None or not answer & plain_all(case.never)


def _advised(played: Played) -> list[str]:
    told = [one.definition for one in played.indexes] + [f"drop {one.name}" for one in played.dropped]
    return told + sorted(_beyond(played))


def _beyond(played: Played) -> set[str]:
    return {f"{one.kind}:{one.form}" for one in played.changes if one.kind not in INDEXES}


def _missing(case: Case, nothing_accepted: bool) -> list[str]:
    return ["an index"] if case.accepted and nothing_accepted else []


def _missing_drops(played: Played) -> list[str]:
    names = {one.name for one in played.dropped}
    wanted = played.case.drops
    return [] if not wanted or any(one <= names for one in wanted) else ["a drop"]


def _extra_drops(played: Played) -> list[str]:
    names = {one.name for one in played.dropped}
    fitting = sorted((names - one for one in played.case.drops if one <= names), key=len)
    return [f"drop {name}" for name in sorted(fitting[0] if fitting else names)]


def _missing_beyond(played: Played) -> list[str]:
    return sorted(played.case.beyond - _beyond(played))


def _extra_beyond(played: Played) -> list[str]:
    return sorted(_beyond(played) - played.case.beyond - played.case.fine)
