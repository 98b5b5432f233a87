"""What all changes together show of what each of them promised by itself. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.advice import Advised, Confidence
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.units import format_share
from plimsoll.tune.proving.judging import SAVED_SHARE_MIN

SHOWN_MIN: Final = 0.5  # of what a change saves of its statements, that has to be seen beside the others
NEARLY: Final = 0.95  # of what was promised at least: less than that is missed
LESS: Final[dict[Confidence, Confidence]] = {"high": "medium", "medium": "low", "low": "low"}


def borne_out(accepted: Sequence[Advised], together: Proof | None) -> list[Advised]:
    """With less confidence where the whole does not show it: a change by its own statements, all of them by the sum."""
    doubtful = bool(doubts(accepted, together))
    return [_trusted(one, together, doubtful=doubtful) for one in accepted]


def doubts(accepted: Sequence[Advised], together: Proof | None) -> list[str]:
    """What is said where the changes save more one by one than the whole was seen to save."""
    proofs = _measured(accepted)
    whole = together.before_ms if together is not None else 0.0
    promised, least = sum(one.saved_ms.value for one in proofs), sum(max(0.0, one.saved_ms.low) for one in proofs)
    if together is None or not proofs or promised < SAVED_SHARE_MIN * whole:
        return []
    saved = together.saved_ms
    if saved.low > 0 and saved.high >= NEARLY * least:
        return []
    each, low, high = (format_share(one / whole) for one in (promised, saved.low, saved.high))
    return [f"One after another the changes save {each} of the workload's time; all at once between {low} and {high}."]


def _measured(accepted: Sequence[Advised]) -> list[Proof]:
    """Of what the whole has: statements written differently are not of it. Those measured together share a proof."""
    found: list[Proof] = []
    for one in accepted:
        if one.proof is not None and one.change.kind != "rewrite":
            found += [one.proof] if all(one.proof.queries != other.queries for other in found) else []
    return found


def _trusted(one: Advised, together: Proof | None, *, doubtful: bool) -> Advised:
    if one.proof is None or together is None or one.change.kind == "rewrite" or one.saved_share <= 0:
        return one
    better = {each.query for each in together.queries if each.effect == "better"}
    faster = {each.query: each.saved_ms for each in one.proof.queries if each.effect == "better"}
    shown = sum(ms for query, ms in faster.items() if query in better)
    for lost in (doubtful, shown < SHOWN_MIN * sum(faster.values())):
        one = replace(one, confidence=LESS[one.confidence]) if lost else one
    return one
