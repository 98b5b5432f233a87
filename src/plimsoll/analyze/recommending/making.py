"""What recommendations share: the effect that a finding lets one expect, and on what that rests."""

from plimsoll.core.finding import Effort, Finding, How, Recommendation, Term
from plimsoll.core.units import format_share


def effect_of(finding: Finding) -> tuple[str, str]:
    """What to expect, and its basis."""
    if finding.share is not None and finding.share.value:
        low, high = format_share(finding.share.low), format_share(finding.share.high)
        return (
            f"up to {format_share(finding.share.value)} of the request time",
            f"the share of the request time that this took ({low} to {high})",
        )
    if finding.failed:
        return (
            f"up to {format_share(finding.failed)} of the requests no longer fail",
            "the share of requests that failed so",
        )
    return "none today; the risk does not come true", "what was seen beside the run"


def explained(query: str, look_for: str) -> How:
    """A statement to look at, as the server counts it."""
    note = f"it is executed: put values for $1 …, and a change between BEGIN and ROLLBACK; look for {look_for}"
    return How("sql", f"EXPLAIN (ANALYZE, BUFFERS) {query.rstrip().rstrip(';')};", note)


def made(finding: Finding, what: str, term: Term, effort: Effort, risk: str, *how: How) -> Recommendation:
    effect, basis = effect_of(finding)
    return Recommendation(finding.id, what, term, effort, effect, basis, risk, how)
