"""Writes docs/reference/series.md, every series by name, from the catalogue: `make docs`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.core.series.info import Layer, SeriesInfo

FILE: Final = Path("docs") / "reference" / "series.md"
_INTRODUCTION: Final = """# The series

Written by `make docs` from the catalogue. Rates are of the time since the look before; what is not known has no value.
In `/metrics` each name has `plimsoll_` before it. What an application tells of itself becomes `application_NAME`.
"""


def reference() -> str:
    """The whole document."""
    return "\n".join([_INTRODUCTION, *(line for layer in get_args(Layer) for line in _table(layer))])


def _table(layer: str) -> Iterator[str]:
    infos = [info for info in CATALOGUE.values() if info.layer == layer]
    if not infos:
        return
    yield f"## {layer.capitalize()}\n\n| series | unit | what it is |\n|---|---|---|"
    yield from (f"| `{_named(info)}` | {info.unit} | {info.meaning} |" for info in infos)
    yield ""


def _named(info: SeriesInfo) -> str:
    return f"{info.name}{{{', '.join(info.labels)}}}" if info.labels else info.name


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
    print(f"wrote {FILE}")
