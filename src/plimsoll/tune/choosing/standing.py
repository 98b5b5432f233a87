"""Candidates whose use no statement shows: they do not take part in the search, and stand on their reason. Pure."""

from collections.abc import Callable, Sequence

from plimsoll.core.tuning.advice import Advised, Rejected
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index
from plimsoll.core.units import format_bytes


def explained(
    candidates: Sequence[Candidate], chosen: Sequence[Index], size: Callable[[Index], int], room: int | None
) -> tuple[list[Advised], list[Rejected]]:
    """Those of `always`: advised where nothing chosen serves them and `room` bytes are left, in their order."""
    advised: list[Advised] = []
    rejected: list[Rejected] = []
    for one in candidates:
        serving = next((each for each in chosen if finds_by(each, one.index)), None)
        needed = size(one.index)
        if serving is not None:
            rejected.append(Rejected(change_of(one), f"{serving.words}, which is chosen, serves it as well"))
        elif room is not None and needed > room:
            why = f"does not fit beside what is chosen: takes {format_bytes(needed)} of {format_bytes(room)}"
            rejected.append(Rejected(change_of(one), why))
        else:
            advised.append(Advised(change_of(one), "explained", "medium"))
            room = None if room is None else room - needed
    return advised, rejected


def finds_by(index: Index, wanted: Index) -> bool:
    """Whether rows are found by an index as by the wanted one: its first columns are the same, in whatever order."""
    first = index.columns[: len(wanted.columns)]
    return index.method == "btree" and not index.predicate and set(first) == set(wanted.columns)


def change_of(candidate: Candidate) -> Change:
    """The candidate as a change."""
    index = candidate.index
    return Change(
        "create-index", f"{index.table.schema}.{index.table.name}", f"Create index on {index.words}",
        candidate.why, candidate.queries, index=index, form=candidate.form,
    )  # fmt: skip
