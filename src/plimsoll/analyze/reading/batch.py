"""A batch of samples, however they were written: the one form in which metrics take them.

Columns: stamp_ms (Int64, null without time stamps), elapsed_ms (Int64), label, thread, code (String), message (String,
of failed ones), ok, asserted, http, transaction, connected (Boolean), received, sent (Int64, null where
not told), parts (Int64: how many samples a transaction says it has), line (Int64).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.analyze.reading.stamps import to_ms

if TYPE_CHECKING:
    import polars as pl

TRANSACTION: Final = "Number of samples in transaction : "
TRUE: Final = ("true", "1")
FALSE: Final = ("false", "0")
YEARS_MS: Final = 5 * 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Form:
    """How the rows of a file are to be understood: its format of time stamps, and which columns it has."""

    stamp_format: str | None
    told: frozenset[str]


def batch_of(raw: "pl.DataFrame", form: Form, left_out: LeftOut) -> "pl.DataFrame":
    """`raw` has columns named as a JTL's header names them, of text or numbers, and `line`. Rows that cannot be
    understood are left out and counted."""
    import polars as pl

    made = raw.select(pl.col("line"), *(made.alias(name) for name, made in _columns(form).items()))
    bad = pl.coalesce(*(pl.when(wrong).then(pl.lit(reason)) for reason, wrong in _wrong(form).items()))
    made = made.with_columns(bad=bad)
    if made["bad"].null_count() < len(made):
        for reason, line in made.filter(pl.col("bad").is_not_null()).select("bad", "line").iter_rows():
            left_out.add(reason, line)
        made = made.filter(pl.col("bad").is_null())
    return made.drop("bad")


def _columns(form: Form) -> "Mapping[str, pl.Expr]":
    import polars as pl

    ok = _ok(form.told)
    said, failure = _text("responseMessage", form), _text("failureMessage", form)
    transaction = said.str.starts_with(TRANSACTION)
    message = pl.when(failure == "").then(said).otherwise(failure)
    return {
        "stamp_ms": to_ms(pl.col("timeStamp"), form.stamp_format)
        if "timeStamp" in form.told
        else pl.lit(None, pl.Int64),
        "elapsed_ms": pl.col("elapsed").cast(pl.Float64, strict=False).round().cast(pl.Int64, strict=False),
        "label": _text("label", form),
        "thread": _text("threadName", form),
        "code": _text("responseCode", form),
        "message": pl.when(ok).then(pl.lit("")).otherwise(message),
        "asserted": pl.when(ok).then(pl.lit(False)).otherwise(failure != ""),
        "ok": ok,
        "http": _http(form),
        "transaction": transaction,
        "received": _number("bytes", form),
        "sent": _number("sentBytes", form),
        "connected": (_number("Connect", form) > 0).fill_null(False),
        "parts": pl.when(transaction).then(said.str.extract(r": (\d{1,9})").cast(pl.Int64, strict=False)).otherwise(0),
    }


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


def _ok(told: frozenset[str]) -> "pl.Expr":
    """By `success`; without that column by the response code: from 400 on, and what is no number, it failed."""
    import polars as pl

    if "success" in told:
        word = pl.col("success").cast(pl.String).str.strip_chars().str.to_lowercase()
        return pl.when(word.is_in(TRUE)).then(True).when(word.is_in(FALSE)).then(False)
    if "responseCode" in told:
        code = pl.col("responseCode").cast(pl.String).str.strip_chars()
        return (code.cast(pl.Int64, strict=False) < 400).fill_null((code == "") | code.is_null())
    return pl.lit(True)


def _http(form: Form) -> "pl.Expr":
    """A sampler without an URL writes the word null; where URLs are not told, codes tell."""
    if "URL" in form.told:
        url = _text("URL", form)
        return (url != "") & (url != "null")
    return _text("responseCode", form).str.contains(r"^[1-5]\d\d$|^Non HTTP response code")


def _text(name: str, form: Form) -> "pl.Expr":
    import polars as pl

    return pl.col(name).cast(pl.String).fill_null("") if name in form.told else pl.lit("", pl.String)


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
