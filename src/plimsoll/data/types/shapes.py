"""Points, lines, areas and vectors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.distribution import key, permutation
from plimsoll.data.domain import Unsatisfiable
from plimsoll.data.drawing import Draw, Generator, Numbers
from plimsoll.data.types.literals import filled
from plimsoll.data.types.wanted import Wanted

_DEGREE: Final = 1_000_000  # steps in 1; {x} tells unique rows apart
_EAST: Final = 179 * _DEGREE  # steps; {u} = {x} + {r} stays within 180
_NORTH: Final = 89 * _DEGREE
_RADIUS: Final = _DEGREE // 2
_FORMS: Final[Mapping[str, str]] = {
    "point": "({x},{y})",
    "line": "{1,{x},{y}}",
    "lseg": "[({x},{y}),({u},{v})]",
    "box": "({u},{v}),({x},{y})",
    "path": "[({x},{y}),({u},{y}),({u},{v})]",
    "polygon": "(({x},{y}),({u},{y}),({u},{v}),({x},{v}))",
    "circle": "<({x},{y}),{r}>",
    "cube": "({x},{y},{r})",
    "seg": "{x} .. {u}",
}
_FEATURES: Final[Mapping[str, str]] = {
    "point": "POINT({x} {y})",
    "linestring": "LINESTRING({x} {y},{u} {v})",
    "polygon": "POLYGON(({x} {y},{u} {y},{u} {v},{x} {v},{x} {y}))",
    "multipoint": "MULTIPOINT(({x} {y}),({u} {v}))",
    "multilinestring": "MULTILINESTRING(({x} {y},{u} {v}))",
    "multipolygon": "MULTIPOLYGON((({x} {y},{u} {y},{u} {v},{x} {v},{x} {y})))",
    "geometrycollection": "GEOMETRYCOLLECTION(POINT({x} {y}))",
}
_FEATURE_TYPE: Final = re.compile(r"\((\w+)(?:,\s*(\d+))?\)")
_WORLD: Final = 4326  # the reference system of longitudes and latitudes
_DIMENSIONS: Final = 3
_VECTORS: Final = 256  # different directions; only the first coordinate is a row's own


@dataclass(frozen=True, slots=True)
class Shapes:
    """A form with a corner (x, y), another one (u, v) up and right of it, and a radius."""

    form: str
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return 2 * _EAST if self.unique else None

    def values(self, draw: Draw) -> pl.Series:
        x = permutation(key(draw.key, "x"), draw.n, 2 * _EAST) if self.unique else draw.ints(2 * _EAST, "x")
        y, r = draw.ints(2 * _NORTH, "y"), draw.ints(_RADIUS, "r") + 1
        steps = {"x": x - _EAST, "y": y - _NORTH, "u": x - _EAST + r, "v": y - _NORTH + r, "r": r}
        parts = {f"{{{name}}}": _coordinates(of) for name, of in steps.items() if f"{{{name}}}" in self.form}
        return pl.select(filled(self.form, parts)).to_series()


@dataclass(frozen=True, slots=True)
class Vectors:
    """Coordinates within [-1, 1)."""

    dimensions: int
    unique: bool = False

    @property
    def capacity(self) -> int | None:
        return 2 * _DEGREE if self.unique else None

    def values(self, draw: Draw) -> pl.Series:
        size = 2 * _DEGREE
        first = permutation(key(draw.key, "first"), draw.n, size) if self.unique else draw.ints(size, "first")
        rest = self._rests(draw.key).gather(pl.Series(draw.ints(_VECTORS, "rest")))
        return "[" + _coordinates(first - _DEGREE) + rest + "]"

    def _rests(self, seed_key: int) -> pl.Series:
        """Texts of all coordinates but the first: making a thousand of them for each row would take a millisecond."""
        pool = Draw(seed_key, np.arange(_VECTORS * (self.dimensions - 1), dtype=np.int64)).floats("pool") * 2 - 1
        rows = np.round(pool, 4).reshape(_VECTORS, self.dimensions - 1).tolist()
        return pl.Series(["".join(f",{value}" for value in row) for row in rows], dtype=pl.String)


def shapes(wanted: Wanted) -> Generator:
    """The geometric types, cube and seg."""
    return Shapes(_FORMS[wanted.type.base], wanted.unique)


def features(wanted: Wanted) -> Generator:
    """PostGIS's geometry and geography, as text with its reference system."""
    stated = _FEATURE_TYPE.search(wanted.type.name)
    kind = stated[1].lower() if stated else "point"
    form = _FEATURES.get("point" if kind in ("geometry", "geography") else kind)
    if form is None:
        raise Unsatisfiable(f"nothing is known of the type {wanted.type.name}")
    system = int(stated[2]) if stated and stated[2] else _WORLD
    return Shapes(f"SRID={system};{form}", wanted.unique)


def vectors(wanted: Wanted) -> Generator:
    """pgvector's vector(n) and halfvec(n)."""
    stated = re.search(r"\((\d+)\)", wanted.type.name)
    return Vectors(int(stated[1]) if stated else _DIMENSIONS, wanted.unique)


def _coordinates(steps: Numbers) -> pl.Series:
    return pl.Series(steps / _DEGREE).cast(pl.String)
