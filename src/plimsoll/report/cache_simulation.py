"""Policies of eviction at several sizes, as a table and a few sentences."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from plimsoll.core.eviction.capacity import UNBOUNDED
from plimsoll.core.eviction.simulation.comparing import AtSize, Compared
from plimsoll.core.eviction.simulation.ratios import Reached
from plimsoll.core.units import format_bytes, format_count


def simulation_table(compared: Compared, *, by_bytes: bool = False) -> Table:
    """Hit ratios in percent, of requests or (`by_bytes`) of the bytes asked for; a `*` marks the best."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("size")
    table.add_column("holds", justify="right")
    optimum = any(one.belady for one in compared.sizes)
    for name in (*compared.policies, *(["optimum"] if optimum else []), "best", "best at twice the size"):
        table.add_column(name, justify="left" if name == "best" else "right")
    for one in compared.sizes:
        cells = [_marked(one, name, by_bytes) for name in compared.policies]
        if optimum:
            cells.append(Text(_percent(one.belady, by_bytes) if one.belady else "–"))
        best = ", ".join((one.best, *(f"or {name}" for name in one.as_good)))
        table.add_row(one.size.text, _holds(one), *cells, best, _percent(one.twice, by_bytes))
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
    """The policy that is best, or as good, most often."""
    votes = [name for one in sizes for name in (one.best, *one.as_good)]
    often = max(dict.fromkeys(votes), key=votes.count)
    if len(sizes) > 1:
        yield f"{often} is the best, or as good (within 0.1 points), at {votes.count(often)} of {len(sizes)} sizes"


def _marked(one: AtSize, name: str, by_bytes: bool) -> Text:
    text = _percent(one.reached[name], by_bytes)
    return Text(f"{text} *", style="bold") if name == one.best else Text(f"{text}  ")


def _percent(reached: Reached, by_bytes: bool) -> str:
    return f"{100 * (reached.weight_hit_ratio if by_bytes else reached.hit_ratio):.2f}"


def _points(ratio: float) -> str:
    return f"{100 * ratio:.2f} %"


def _holds(one: AtSize) -> str:
    words = [] if one.capacity.entries == UNBOUNDED else [format_count(one.capacity.entries)]
    return ", ".join([*words, *([] if one.capacity.weight == UNBOUNDED else [format_bytes(one.capacity.weight)])])
