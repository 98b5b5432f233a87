"""Policies of eviction at several sizes, as a table and a few sentences."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from plimsoll.core.eviction.capacity import UNBOUNDED
from plimsoll.core.eviction.simulation.comparing import AtSize, Compared
from plimsoll.core.eviction.simulation.ratios import Reached
from plimsoll.core.units import format_bytes, format_count


def simulation_table(compared: Compared, *, by_bytes: bool = False) -> Table:
    """Hit ratios in percent, of requests or (`by_bytes`) of the bytes asked for; a `*` marks the best. "twice" is what
    that would hit at twice the size."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("size", no_wrap=True)
    optimum = any(one.belady for one in compared.sizes)
    for name in (*compared.policies, *(["optimum"] if optimum else [])):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("best, or as good")
    table.add_column("twice", justify="right", no_wrap=True)
    for one in compared.sizes:
        cells = [_marked(one, name, by_bytes) for name in compared.policies]
        if optimum:
            cells.append(Text(_percent(one.belady, by_bytes) if one.belady else "–"))
        best = ", ".join((one.best, *one.as_good))
        table.add_row(_size(one), *cells, best, _percent(one.twice, by_bytes))
    return table


def simulation_sentences(compared: Compared) -> Iterator[str]:
    """What the table comes to; one line each."""
    yield f"no cache can hit more than {_points(compared.repeated)} here: the other requests are the first of their key"
    yield from _winners(compared.sizes)
    gains = [(one, one.twice.hit_ratio - one.reached[one.best].hit_ratio) for one in compared.sizes]
    one, gain = max(gains, key=lambda pair: pair[1])
    yield (
        f"doubling pays most at {one.size.text}: {one.best} at twice the size hits "
        f"{_points(one.twice.hit_ratio)} instead of {_points(one.reached[one.best].hit_ratio)}"
        if gain >= 0.001
        else "twice the size gives nothing anywhere"
    )


def _winners(sizes: Sequence[AtSize]) -> Iterator[str]:
    """The policies that are the best, or as good, most often."""
    votes = [name for one in sizes for name in (one.best, *one.as_good)]
    most = max(map(votes.count, votes))
    often = [name for name in dict.fromkeys(votes) if votes.count(name) == most]
    if len(sizes) > 1:
        is_each = "is" if len(often) == 1 else "are each"
        yield f"{', '.join(often)} {is_each} the best, or as good (within 0.1 points), at {most} of {len(sizes)} sizes"


def _marked(one: AtSize, name: str, by_bytes: bool) -> Text:
    text = _percent(one.reached[name], by_bytes)
    return Text(f"{text} *", style="bold") if name == one.best else Text(f"{text}  ")


def _percent(reached: Reached, by_bytes: bool) -> str:
    return f"{100 * (reached.weight_hit_ratio if by_bytes else reached.hit_ratio):.2f}"


def _points(ratio: float) -> str:
    return f"{100 * ratio:.2f} %"


def _size(one: AtSize) -> str:
    """A percentage with what it comes to."""
    if one.size.share is None:
        return one.size.text
    entries, weight = one.capacity
    return f"{one.size.text} ({format_bytes(weight) if entries == UNBOUNDED else format_count(entries)})"
