"""Policies of scaling on a trace, as a table and a few sentences."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from plimsoll.core.policy_outcome import PolicyOutcome
from plimsoll.core.units import format_count, format_share

SAME = 1.001  # worker-hours that differ by less are the same


def scaling_table(outcomes: Sequence[PolicyOutcome]) -> Table:
    """A policy a row; violations in percent of the requests."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("policy", no_wrap=True)
    for name in ("violations", "refused", "worker-hours", "actions", "workers at most", "longest queue"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in outcomes:
        table.add_row(
            one.policy, format_share(one.violation_share), format_count(round(one.refused)),
            f"{one.worker_hours:,.1f}", format_count(one.actions), format_count(one.workers_max),
            format_count(round(one.queue_max)),
        )  # fmt: skip
    return table


def scaling_sentences(outcomes: Sequence[PolicyOutcome]) -> Iterator[str]:
    """How the first policy stands to each of the others; one line each."""
    first, *others = outcomes
    for other in others:
        more = first.worker_hours / other.worker_hours if other.worker_hours else 1.0
        if 1 / SAME <= more <= SAME:
            hours = "as many worker-hours"
        else:
            hours = f"{format_share(abs(more - 1))} {'more' if more > 1 else 'fewer'} worker-hours"
        yield f"{first.policy} took {hours} than {other.policy}, and {_violations(first, other)}".replace(
            "as many worker-hours than", "as many worker-hours as"
        )


def _violations(first: PolicyOutcome, other: PolicyOutcome) -> str:
    ours, theirs = first.violated, other.violated
    if round(ours) == round(theirs):
        return "as many requests waited too long"
    if ours < theirs:
        return f"{format_share(1 - ours / theirs)} fewer requests waited too long"
    return f"{format_share(ours / theirs - 1)} more requests waited too long" if theirs >= 1 else (
        f"{format_count(round(ours))} requests waited too long, of which there were none"
    )  # fmt: skip
