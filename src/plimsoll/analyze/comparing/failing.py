"""What failed, watched beside whatever else is compared: refusals are quick, and flatter latencies and rates."""

from plimsoll.analyze.comparing.judging import SHARE_FLOOR
from plimsoll.analyze.comparing.metrics import failed_share
from plimsoll.analyze.comparing.runs import Group
from plimsoll.core.comparison import Verdict
from plimsoll.core.units import format_share


def failing(a: Group, b: Group) -> str | None:
    """That B fails more than A, by a point at least and in every run more than in any of A; None where it does not."""
    shares = [[failed_share(run.summary) or 0.0 for run in group.runs] for group in (a, b)]
    typical = [sum(group) / len(group) for group in shares]
    if typical[1] - typical[0] < SHARE_FLOOR or min(shares[1]) <= max(shares[0]):
        return None
    return f"{format_share(typical[1])} of what was asked of B failed, of A {format_share(typical[0])}"


def with_failures(verdict: Verdict, because: str, said: str | None) -> tuple[Verdict, str]:
    """Whoever fails more is not better, however quick."""
    if said is None:
        return verdict, because
    return "worse", f"{said}; besides, {because}" if verdict != "worse" else f"{because}; and {said}"
