"""A batch of samples, however they were written: the one form in which metrics take them.

Columns: line, stamp_ms (Int64, null without time stamps), elapsed_ms (Int64), label, thread, code, said (the response
message), failure (why an assertion failed; String), ok, http, transaction, connected (Boolean), received, sent (Int64,
null where not told).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.analyze.reading.stamps import PARTS, SECONDS, stamp_format, to_ms

if TYPE_CHECKING:
    import polars as pl

TRANSACTION: Final = "Number of samples in transaction : "
TRUE: Final = ("true", "1")
FALSE: Final = ("false", "0")
NON_HTTP: Final = "Non HTTP response code"
STAMP_MAX: Final = 40
STATUS_DIGITS: Final = 3
YEARS_MS: Final = 5 * 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Form:
    """How the rows of a file are to be understood: its format of time stamps, and which columns it has. `strange` is a
    time stamp that is in no format that is known."""

    stamp_format: str | None
    told: frozenset[str]
    strange: str = ""

    @classmethod
    def by(cls, stamps: Sequence[str], told: frozenset[str]) -> "Form":
        known = stamp_format(stamps)
        return cls(known, told, stamps[0].strip()[:STAMP_MAX] if stamps and known is None else "")


def batch_of(raw: "pl.DataFrame", form: Form, left_out: LeftOut) -> "pl.DataFrame":
    """`raw` has columns named as a JTL's header names them, of text or numbers, and `line`. Rows that cannot be
    understood are left out and counted."""
    import polars as pl

    made = raw.select(pl.col("line"), *(made.alias(name) for name, made in _columns(form, raw.schema).items()))
    bad = pl.coalesce(*(pl.when(wrong).then(pl.lit(reason)) for reason, wrong in _wrong(form).items()))
    made = made.with_columns(bad=bad)
    if made["bad"].null_count() < len(made):
        for reason, line in made.filter(pl.col("bad").is_not_null()).select("bad", "line").iter_rows():
            left_out.add(reason, line)
        made = made.filter(pl.col("bad").is_null())
    return made.drop("bad")


def _columns(form: Form, dtypes: "Mapping[str, pl.DataType]") -> "Mapping[str, pl.Expr]":
    said = _text("responseMessage", form)
    return {
        "stamp_ms": _stamp(form, dtypes),
        "elapsed_ms": _elapsed(dtypes),
        "label": _text("label", form),
        "thread": _text("threadName", form),
        "code": _text("responseCode", form),
        "said": said,
        "failure": _text("failureMessage", form),
        "ok": _ok(form.told, dtypes),
        "http": _http(form),
        "transaction": said.str.starts_with(TRANSACTION),
        "received": _number("bytes", form),
        "sent": _number("sentBytes", form),
        "connected": (_number("Connect", form) > 0).fill_null(False),
    }


def _stamp(form: Form, dtypes: "Mapping[str, pl.DataType]") -> "pl.Expr":
    """Numbers are of milliseconds, or of seconds where the file's are."""
    import polars as pl

    if "timeStamp" not in form.told:
        return _unknown()
    if dtypes["timeStamp"] == pl.Int64:
        stamps = pl.col("timeStamp")
        return stamps // PARTS.get(form.stamp_format or "", 1) * (1000 if form.stamp_format == SECONDS else 1)
    return to_ms(pl.col("timeStamp"), form.stamp_format)


def _elapsed(dtypes: "Mapping[str, pl.DataType]") -> "pl.Expr":
    """Whole milliseconds; others write fractions of them."""
    import polars as pl

    if dtypes["elapsed"] == pl.Int64:
        return pl.col("elapsed")
    return pl.col("elapsed").cast(pl.Float64, strict=False).round().cast(pl.Int64, strict=False)


def _wrong(form: Form) -> "Mapping[str, pl.Expr]":
    import polars as pl

    elapsed, ok = pl.col("elapsed_ms"), pl.col("ok")
    found = {
        "elapsed is no number of milliseconds": elapsed.is_null() | (elapsed < 0) | (elapsed > YEARS_MS),
        "success is neither true nor false": ok.is_null(),
    }
    if "timeStamp" in form.told and form.stamp_format is not None:
        found["its time stamp cannot be read"] = pl.col("stamp_ms").is_null() | (pl.col("stamp_ms") < 0)
    return found


def _ok(told: frozenset[str], dtypes: "Mapping[str, pl.DataType]") -> "pl.Expr":
    """By `success`; without that column by the response code: from 400 on, and what is no number, it failed."""
    import polars as pl

    if "success" in told:
        if dtypes["success"] == pl.Boolean:
            return pl.col("success")
        word = pl.col("success").str.strip_chars().str.to_lowercase()
        return pl.when(word.is_in(TRUE)).then(True).when(word.is_in(FALSE)).then(False)
    if "responseCode" in told:
        code = pl.col("responseCode").str.strip_chars()
        return (code.cast(pl.Int64, strict=False) < 400).fill_null((code == "") | code.is_null())
    return pl.lit(True)


def _http(form: Form) -> "pl.Expr":
    """A sampler without an URL writes the word null; where URLs are not told, codes tell: a status has three digits."""
    if "URL" in form.told:
        url = _text("URL", form)
        return (url != "") & (url != "null")
    code = _text("responseCode", form)
    return (code.str.len_bytes() == STATUS_DIGITS) | code.str.starts_with(NON_HTTP)


def _text(name: str, form: Form) -> "pl.Expr":
    import polars as pl

    return pl.col(name).fill_null("") if name in form.told else pl.lit("", pl.String)


def _number(name: str, form: Form) -> "pl.Expr":
    import polars as pl

    return pl.col(name).cast(pl.Int64, strict=False) if name in form.told else _unknown()


def _unknown() -> "pl.Expr":
    import polars as pl

    return pl.lit(None, pl.Int64)


def raw_frame(columns: Mapping[str, Any], lines: Any) -> "pl.DataFrame":
    """Text by column name, with the line numbers of the rows."""
    import polars as pl

    made = pl.DataFrame({name: pl.Series(name, values, pl.String) for name, values in columns.items()})
    return made.with_columns(line=pl.Series(lines, dtype=pl.Int64))
