"""Whole blocks of CSV cut into columns at once, by polars; and how one sees that they were cut rightly."""

from typing import TYPE_CHECKING, Final

from plimsoll.analyze.reading.layout import Layout

if TYPE_CHECKING:
    import polars as pl

WANTED: Final = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "success", "failureMessage",
    "bytes", "sentBytes", "URL", "Connect", "SampleCount",
)  # fmt: skip
WHOLE_NUMBERS: Final = frozenset({"bytes", "sentBytes", "Connect"})  # of these a text that is none is just not told
MUST_BE: Final = ("timeStamp", "elapsed", "success")


def cut(data: bytes, layout: Layout, *, typed: bool = False) -> "pl.DataFrame | None":
    """Lines cut at the delimiter, nothing else; None where the lines have more fields than the layout.

    With `typed`, what is no number or truth where one must be is null; else it is the text.
    """
    import polars as pl

    names = {at: name for name, at in layout.columns.items() if name in WANTED}
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names.values(), pl.String))
    types = dict.fromkeys(WHOLE_NUMBERS, pl.Int64) | (_types() if typed else {})
    schema = {f"column_{at + 1}": types.get(names.get(at, ""), pl.String) for at in range(layout.width)}
    try:
        frame = pl.read_csv(
            _utf8(data),
            has_header=False,
            separator=layout.delimiter,
            quote_char=None,
            schema=schema,
            columns=[f"column_{at + 1}" for at in sorted(names)],
            ignore_errors=True,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame.rename({f"column_{at + 1}": name for at, name in names.items()})


def _types() -> "dict[str, type[pl.DataType]]":
    import polars as pl

    return {name: pl.Boolean if name == "success" else pl.Int64 for name in MUST_BE}


def _utf8(data: bytes) -> bytes:
    """With replacement characters for bytes that are no UTF-8."""
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode(errors="replace").encode()
    return data


def cut_quoted(data: bytes, layout: Layout) -> "pl.DataFrame | None":
    """Lines most of which have quotes; None where they are not certainly one row each, cut rightly.

    Certain is what puts together again to as many bytes as there were: fields, delimiters, breaks and quotes, of which
    one in a field was written twice.
    """
    import polars as pl

    rows, quotes = data.count(b"\n"), data.count(b'"')
    if quotes < rows or not data.endswith(b"\n"):
        return None
    schema = {f"column_{at + 1}": pl.String for at in range(layout.width)}
    data = _utf8(data)
    try:
        frame = pl.read_csv(data, has_header=False, separator=layout.delimiter, quote_char='"', schema=schema)
    except pl.exceptions.PolarsError:
        return None
    fields = frame.select(pl.all().str.len_bytes().sum()).sum_horizontal()[0]
    doubled = frame.select(pl.all().str.count_matches('"', literal=True).sum()).sum_horizontal()[0]
    if len(frame) != rows or fields - doubled + rows * layout.width + quotes != len(data):
        return None
    names = {name: f"column_{at + 1}" for name, at in layout.columns.items() if name in WANTED}
    found = frame.select(**{name: pl.col(column) for name, column in names.items()})
    return None if _has_header(found) else found


def _has_header(frame: "pl.DataFrame") -> bool:
    return bool((frame["elapsed"] == "elapsed").any())
