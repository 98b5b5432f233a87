"""What is known of a series by its name: its unit, whose it is, and what it means."""

from dataclasses import dataclass
from typing import Literal, get_args

Unit = Literal["percent", "bytes", "bytes/s", "1/s", "ms", "s", "ms/s", "cores", "count", "transactions", "yes/no"]
Layer = Literal[
    "host", "container", "process", "database", "cache", "scaling", "edge", "application", "generator", "watch"
]


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """`meaning` is a plain clause for people. `labels` are the names of the labels that such series have."""

    name: str
    unit: Unit
    layer: Layer
    meaning: str
    labels: tuple[str, ...] = ()


def of(name: str, unit: Unit, meaning: str, *labels: str) -> SeriesInfo:
    """A line of the catalogue: the first word of a name is its layer; tables are the database's."""
    first = name.partition("_")[0]
    layer = next(layer for layer in get_args(Layer) if layer == ("database" if first == "table" else first))
    return SeriesInfo(name, unit, layer, meaning, labels)
