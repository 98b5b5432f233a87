"""What failed, watched beside whatever else is compared: refusals are quick, and flatter latencies and rates."""

from dataclasses import replace
from math import sqrt
from typing import Final

from plimsoll.analyze.comparing.judging import SHARE_FLOOR
from plimsoll.analyze.comparing.metrics import asked_of, failed_of
from plimsoll.analyze.comparing.runs import Group
from plimsoll.core.comparison import Compared, Verdict
from plimsoll.core.units import format_share

ERRORS_APART: Final = (
    3.0  # standard errors of a difference of shares: two failures of a hundred are no more than chance
)


def fails_more(one: Group, other: Group) -> bool:
    """Whether one fails more than the other: by a point at least, not by chance, and in every run more than in any."""
    shares = [[failed_of(run.summary) / max(1, asked_of(run.summary)) for run in group.runs] for group in (one, other)]
    asked = [sum(asked_of(run.summary) for run in group.runs) or 1 for group in (one, other)]
    failed = [sum(failed_of(run.summary) for run in group.runs) for group in (one, other)]
    together = sum(failed) / sum(asked)
    error = sqrt(together * (1 - together) * (1 / asked[0] + 1 / asked[1]))
    difference = failed[0] / asked[0] - failed[1] / asked[1]
    return difference >= max(SHARE_FLOOR, ERRORS_APART * error) and min(shares[0]) > max(shares[1])


def with_failures(verdict: Verdict, because: str, a: Group, b: Group) -> tuple[Verdict, str]:
    """Whoever fails more is not better, however quick; and beside A that refuses, B looks slower than it is."""
    if fails_more(b, a):
        said = _said("B", b, "A", a)
        return "worse", f"{because}; and {said}" if verdict == "worse" else f"{said}; besides, {because}"
    if fails_more(a, b):
        said = _said("A", a, "B", b)
        if verdict == "worse":
            return "cannot tell", f"{said}, and refusals are quick: A looks better than it is; {because}"
        return verdict, f"{because}; and {said}"
    return verdict, because


def with_failures_decided(compared: Compared, a: Group, b: Group) -> Compared:
    """The row of the failures agrees with what they decide: over requests, where the few runs could show nothing."""
    if compared.name != "errors" or compared.verdict in ("better", "worse"):
        return compared
    if fails_more(b, a):
        return replace(compared, verdict="worse", because=f"{_said('B', b, 'A', a)}, which is more than chance")
    if fails_more(a, b):
        return replace(compared, verdict="better", because=f"{_said('A', a, 'B', b)}, which is more than chance")
    return compared


def _said(more: str, one: Group, less: str, other: Group) -> str:
    shares = [
        sum(failed_of(run.summary) for run in group.runs) / max(1, sum(asked_of(run.summary) for run in group.runs))
        for group in (one, other)
    ]
    return f"{format_share(shares[0])} of what was asked of {more} failed, of {less} {format_share(shares[1])}"
