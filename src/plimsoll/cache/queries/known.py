"""What is known of statements, for as long as it was looked at lately. Pure: time is an argument.

A change of the schema writes no tag that a cached answer carries, where it is a view's, a function's or a role's. So
what judgements rest on is looked at again about once a second while statements are asked. What has changed is judged
anew, and gets other keys: nobody finds what was kept by the old ones, in no process and no tier.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from plimsoll.cache.queries.facts import Facts

STATEMENTS_MAX: Final = 1_000  # what was asked longest ago goes
ANALYSES_AT_ONCE: Final = 200
ANALYSES_PER_S: Final = 10.0
LOOK_S: Final = 1.0  # after so long nothing is answered by what was known before
LOOK_SOON: Final = 0.6  # of that; from then on one asks, while the others go on
UNSURE_S: Final = 30.0  # what rests on nothing that can be looked at, as a table that is missing, is asked again

Statement = tuple[str, ...]  # its text and what decides which relations it means


class Allowance:
    """How many statements may be analyzed: so many at once, and as many more as have been saved up since.

    Each costs the server some fifteen short statements. An application that writes values into its texts, and not as
    parameters, has new ones all the time: those then run as if there were no cache.
    """

    def __init__(self, burst: int = ANALYSES_AT_ONCE, per_s: float = ANALYSES_PER_S) -> None:
        self._burst = burst
        self._per_s = per_s
        self._left = float(burst)
        self._at_s = float("-inf")

    def take(self, now_s: float) -> bool:
        """Whether one more may be."""
        self._left = min(float(self._burst), self._left + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Look(NamedTuple):
    """What to look at for these statements: relations by oid and name, names of functions, roles."""

    statements: tuple[Statement, ...]
    relations: frozenset[tuple[int, str]]
    functions: frozenset[str]
    roles: frozenset[str]


class Known:
    """Facts by statement, each with when it was asked of the server what they rest on: by its analysis, or a look."""

    def __init__(self, statements_max: int = STATEMENTS_MAX, look_s: float = LOOK_S) -> None:
        self._statements_max = statements_max
        self._look_s = look_s
        self._facts: OrderedDict[Statement, tuple[Facts, float]] = OrderedDict()
        self._looked_s = float("-inf")
        self.changed = 0  # how many went since what they rest on had changed

    def get(self, statement: Statement, now_s: float) -> Facts | None:
        """Facts that held within the last `look_s`; None: there are none, or a look comes first."""
        held = self._facts.get(statement)
        if held is None or now_s >= held[1] + (self._look_s if held[0].stamps else UNSURE_S):
            return None
        self._facts.move_to_end(statement)
        return held[0]

    def put(self, statement: Statement, facts: Facts, asked_s: float) -> None:
        if not self._facts:
            self._looked_s = asked_s
        self._facts[statement] = facts, asked_s
        self._facts.move_to_end(statement)
        if len(self._facts) > self._statements_max:
            self._facts.popitem(last=False)

    def is_due(self, now_s: float) -> bool:
        """Whether one should look, while the others go on."""
        return bool(self._facts) and now_s >= self._looked_s + LOOK_SOON * self._look_s

    def helps(self, statement: Statement) -> bool:
        """Whether a look can make good again what is held of it."""
        held = self._facts.get(statement)
        return held is not None and bool(held[0].stamps)

    def look(self) -> Look:
        held = [(statement, facts) for statement, (facts, _) in self._facts.items() if facts.stamps]
        stamps = {one for _, facts in held for one in facts.stamps}
        return Look(
            tuple(statement for statement, _ in held),
            frozenset(one for _, facts in held for one in facts.relations),
            frozenset(name for kind, name in stamps if kind == "function"),
            frozenset(name for kind, name in stamps if kind == "role"),
        )

    def looked(self, look: Look, stamps: Mapping[tuple[str, str], str], sent_s: float) -> list[str]:
        """What a look found that was sent then. Gives the tags of what has changed."""
        changed = []
        for statement in look.statements:
            facts, asked_s = self._facts.get(statement, (None, 0.0))
            if facts is None or asked_s >= sent_s:
                continue
            if any(stamps.get(one) != stamp for one, stamp in facts.stamps.items()):
                del self._facts[statement]
                self.changed += 1
                changed.append(facts.tag)
            else:
                self._facts[statement] = facts, sent_s
        self._looked_s = max(self._looked_s, sent_s)
        return changed

    def __len__(self) -> int:
        return len(self._facts)
