"""What is known while changes are proved one after another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from plimsoll.core.tuning.advice import NOT_MEASURED, Advised, Rejected
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import LeftOut
from plimsoll.tune.proving.judging import Workload
from plimsoll.tune.proving.left import left_with
from plimsoll.tune.proving.playing import Bench
from plimsoll.tune.proving.sides import NONE, Side
from plimsoll.tune.proving.touching import Kinship, Plans, concerned
from plimsoll.tune.until import Until

Say = Callable[[str], None]


@dataclass
class Proving:
    """`accepted` in the order in which they were; `side` is the copy with them, `plans` are those that it has. `idle`
    are indexes that no plan uses by themselves."""

    bench: Bench
    facts: DatabaseFacts
    until: Until
    say: Say
    kin: Kinship
    accepted: list[Advised] = field(default_factory=list)
    left_out: Sequence[LeftOut] = ()
    rejected: list[Rejected] = field(default_factory=list)
    idle: list[Advised] = field(default_factory=list)
    side: Side = NONE
    plans: Plans = field(default_factory=dict)

    @property
    def workload(self) -> Workload:
        return self.bench.workload

    def workload_at(self, sides: tuple[Side, Side]) -> Workload:
        """With what statements still take on the side of which that is known: where nothing was taken away that what
        it has was measured on top of."""
        known = sides[1] if sides[1] == self.side != sides[0] else sides[0]
        left = left_with(self.accepted, known.has)
        return replace(self.workload, left=left, left_with_it=known == sides[1] != sides[0])

    async def plans_of(self, side: Side, changes: Sequence[Change] = ()) -> Plans:
        """Of every statement, without executing it; with indexes that are all there is between this side and the
        accepted one, of those that their tables may concern."""
        known = await self.plans_now() if changes else {}
        await self.bench.switch.show(side)
        asked = concerned(changes, known, self.kin) if changes else self.workload.statements.keys()
        found = {query: await self.bench.running.plans(self.workload.statements[query].query) for query in asked}
        return {**known, **found}

    async def plans_now(self) -> Plans:
        """Of the accepted side, asked once."""
        if not self.plans:
            self.plans = await self.plans_of(self.side)
        return self.plans

    def unmeasured(self, why: str = "") -> str:
        """Said of what was not measured, by default by what the proof ended."""
        return f"{NOT_MEASURED}{why or self.until.why}"

    def accept(self, one: Advised, found: "Outcome") -> None:
        """From now on the copy has it."""
        assert found.proof is not None
        made = replace(accepted(one, found.proof), gives=found.gives)
        self.accepted.append(replace(made, confidence="medium") if self._is_guessed(found.proof) else made)
        self.side, self.plans = found.side, found.plans

    def _is_guessed(self, proof: Proof) -> bool:
        """Whether nothing tells that what becomes faster is asked with such values."""
        faster = [self.workload.statements[one.query].query for one in proof.queries if one.effect == "better"]
        return bool(faster) and all(value.origin == "guessed" for one in faster for value in one.bindings)

    async def reject(self, one: Advised, why: str, proof: Proof | None = None) -> None:
        """Its index is dropped: a hidden one makes planning dearer."""
        self.rejected.append(Rejected(one.change, why, proof))
        if one.change.index is not None and one.change.index not in self.side.indexes:
            await self.bench.switch.drop(one.change.index)


def accepted(one: Advised, proof: Proof) -> Advised:
    """As advice that was proved."""
    share = max(0.0, proof.saved_ms.value / proof.before_ms) if proof.before_ms else 0.0
    sure = one.change.kind == "drop-index" or proof.saved_ms.low >= proof.saved_ms.value / 2 > 0
    return replace(one, standing="proved", confidence="high" if sure else "medium", saved_share=share, proof=proof)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one change: `why` is what speaks against it, or why it was not `measured` ("" where the proof ended before).
    `gives` is what it gives beside the workload's time. `side` and `plans` are how the copy is with it."""

    proof: Proof | None
    why: str
    side: Side = NONE
    plans: Plans = field(default_factory=dict)
    gives: str = ""
    measured: bool = True


UNMEASURED = Outcome(None, "", measured=False)
