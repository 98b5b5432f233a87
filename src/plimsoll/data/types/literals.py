"""PostgreSQL's text forms of values that hold others: arrays, rows, ranges. All rows at once."""

from collections.abc import Mapping, Sequence
from functools import reduce

import polars as pl

from plimsoll.data.drawing import Numbers


def text_of(series: pl.Series, base: str = "") -> pl.Series:
    """The values' text; that of a `base` of timestamptz says that it is UTC."""
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f") + ("+00" if base == "timestamptz" else "")
    if series.dtype == pl.Time:
        return series.dt.to_string("%H:%M:%S%.6f")
    return series.cast(pl.String)


def quoted(series: pl.Series, base: str = "") -> pl.Series:
    """As a part of an array, a row or a range: text in double quotes, all else as it is."""
    if series.dtype != pl.String:
        return text_of(series, base)
    escaped = series.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return '"' + escaped + '"'


def array_literal(items: Sequence[pl.Series], counts: Numbers, *, base: str = "") -> pl.Series:
    """Arrays: row i has the i-th values of the first `counts[i]` series. `base` is the items' type."""
    delimiter = ";" if base == "box" else ","
    parts = [
        pl.when(pl.lit(pl.Series(counts > place))).then(
            pl.lit(delimiter if place else "") + pl.lit(quoted(item, base)).fill_null("NULL")
        )
        for place, item in enumerate(items)
    ]
    if not parts:
        return pl.Series(["{}"] * len(counts), dtype=pl.String)
    return pl.select(pl.concat_str(pl.lit("{"), *parts, pl.lit("}"), ignore_nulls=True)).to_series()


def row_literal(fields: Sequence[pl.Series], *, bases: Sequence[str] = ()) -> pl.Series:
    """Rows of a composite type; NULL is left empty. `bases` are the fields' types. There is at least one field."""
    known = bases or [""] * len(fields)
    texts = [pl.lit(quoted(field, base)).fill_null("") for field, base in zip(fields, known, strict=True)]
    joined = reduce(lambda left, right: left + "," + right, texts)
    return pl.select("(" + joined + ")").to_series()


def filled(form: str, parts: Mapping[str, pl.Series]) -> pl.Expr:
    """The form with each row's values in the places that the parts name."""
    pieces: list[pl.Expr] = []
    rest = form
    while rest:
        at, name = min(((rest.find(name), name) for name in parts if name in rest), default=(len(rest), ""))
        if at:
            pieces.append(pl.lit(rest[:at]))
        if name:
            pieces.append(pl.lit(parts[name]))
        rest = rest[at + len(name) :]
    return pl.concat_str(pieces)
