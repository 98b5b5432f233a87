"""What was watched beside two groups of runs, side by side: to read, not to test."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from plimsoll.analyze.comparing.runs import ComparedRun, Group, StatementUse
from plimsoll.core.comparison import Watched
from plimsoll.core.visible import visible

STATEMENTS_MAX: Final = 6
QUERY_CHARACTERS: Final = 60


def watched(a: Group, b: Group) -> list[Watched]:
    """Means of gauges, then the statements on which most time was spent."""
    return [*_gauges(a, b), *_statements(a, b)]


def _gauges(a: Group, b: Group) -> Iterator[Watched]:
    names = list(dict.fromkeys(name for run in (*a.runs, *b.runs) for name in run.gauges))
    for name in names:
        figure = name.partition("{")[0]
        unit = "percent" if figure.endswith("_percent") else "ms/s" if figure.endswith("ms_per_s") else "count"
        yield Watched(name, unit, *_typical(a, b, _gauge(name)))


def _gauge(name: str) -> Callable[[ComparedRun], float | None]:
    return lambda run: run.gauges.get(name)


def _statements(a: Group, b: Group) -> Iterator[Watched]:
    runs = (*a.runs, *b.runs)
    texts = {query_id: use.query for run in runs for query_id, use in run.statements.items()}

    def spent(query_id: str) -> float:
        found = (run.statements.get(query_id) for run in runs)
        return sum(use.calls * use.mean_ms for use in found if use is not None)

    for query_id in sorted(texts, key=spent, reverse=True)[:STATEMENTS_MAX]:
        said = " ".join(visible(texts[query_id]).split())[:QUERY_CHARACTERS] or f"query {query_id}"
        for what, unit, tell in (("mean", "ms", _mean), ("buffers a call", "count", _blocks)):
            values = _typical(a, b, _of(query_id, tell))
            if any(values):
                yield Watched(f"{what}: {said}", unit, *values)


def _of(query_id: str, tell: Callable[[StatementUse], float]) -> Callable[[ComparedRun], float | None]:
    def told(run: ComparedRun) -> float | None:
        use = run.statements.get(query_id)
        return None if use is None else tell(use)

    return told


def _mean(use: StatementUse) -> float:
    return use.mean_ms


def _blocks(use: StatementUse) -> float:
    return use.blocks / max(1, use.calls)


def _typical(a: Group, b: Group, tell: Callable[[ComparedRun], float | None]) -> tuple[float | None, float | None]:
    found = ([value for run in group.runs if (value := tell(run)) is not None] for group in (a, b))
    first, second = (round(median(values), 4) if values else None for values in found)
    return first, second
