"""A decision as it is told and kept. Pure."""

from collections.abc import Sequence

from plimsoll.core.scaling import DecisionRecord, Otherwise
from plimsoll.scale.policy.changes import Change
from plimsoll.scale.policy.decision import Decision


def record(decision: Decision, at: float, *, done: bool, changes: Sequence[Change] = ()) -> DecisionRecord:
    """`at`: seconds since 1970; the decision's own time is of another clock."""
    return DecisionRecord(
        at, decision.policy, decision.before, decision.wanted, decision.asked, decision.rule, decision.because,
        dict(decision.inputs),
        tuple(Otherwise(one.input, one.was, one.value, one.wanted, str(one)) for one in changes),
        decision.admit_per_s, done,
    )  # fmt: skip
