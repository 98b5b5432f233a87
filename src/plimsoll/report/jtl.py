"""JTL: a run's samples as the CSV that JMeter writes by default, for whatever reads JMeter's results."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plimsoll.core.errors import UsageError
from plimsoll.runs.facts import RunFacts

if TYPE_CHECKING:
    import polars as pl

HEADER: Final = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
    "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency", "IdleTime", "Connect",
)  # fmt: skip
_NS_PER_MS: Final = 1_000_000


def write_jtl(samples: "pl.LazyFrame", path: Path, facts: RunFacts) -> None:
    """Writes the steps of `samples` (as `runs.samples.scan_samples` gives them) to `path`, all or nothing.

    Streams: memory does not grow with the samples. Rows come in the order they were stored: by time within a process.
    timeStamp is when a step was scheduled (ms since 1970), elapsed is latency from then on, and so is Latency but for
    HTTP steps, where it ends with the first byte. Connect is the time to connect (TLS in it) of an HTTP step, of others
    the wait for a free user or a connection. Numbers of threads are not recorded: 0. What was scheduled within the
    warm-up, and a journey's own sample, are left out.
    Raises UsageError when `path` cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch()  # says what is wrong with the place before anything is read
        _rows(samples, facts).sink_csv(temporary)
        temporary.replace(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError("cannot write the JTL file", where=str(path), why=why, remedy="choose another path") from error
    finally:
        temporary.unlink(missing_ok=True)


def _rows(samples: "pl.LazyFrame", facts: RunFacts) -> "pl.LazyFrame":
    import polars as pl

    epoch_ms = round(datetime.fromisoformat(facts.started_at).timestamp() * 1000)
    error = pl.col("error").cast(pl.String)
    journey = pl.col("journey").cast(pl.String)
    is_http = pl.col("kind").cast(pl.String) == "http"
    answered = is_http & (pl.col("first_byte_ns") > 0)
    first_byte_ms = _ms(pl.col("started_ns") + pl.col("first_byte_ns") - pl.col("scheduled_ns"))
    connect_ms = _ms(pl.col("connect_ns") + pl.col("tls_ns"))
    latency_ms = _ms(pl.col("finished_ns") - pl.col("scheduled_ns") - pl.col("think_ns"))
    columns = {
        "timeStamp": epoch_ms + pl.col("scheduled_ns") // _NS_PER_MS,
        "elapsed": latency_ms,
        "label": pl.col("step").cast(pl.String),
        "responseCode": error.str.strip_prefix("HTTP ").fill_null("200"),
        "responseMessage": error.fill_null("OK"),
        "threadName": pl.format("{} 1-{}", journey, pl.col("user")),
        "dataType": pl.lit("text"),
        "success": error.is_null(),
        "failureMessage": error,
        "bytes": pl.col("received"),
        "sentBytes": pl.col("sent"),
        "grpThreads": pl.lit(0),
        "allThreads": pl.lit(0),
        "URL": pl.lit("null"),  # JMeter's word for a sampler without one
        "Latency": pl.when(answered).then(first_byte_ms).otherwise(latency_ms),
        "IdleTime": _ms(pl.col("think_ns")),
        "Connect": pl.when(is_http).then(connect_ms).otherwise(_ms(pl.col("started_ns") - pl.col("ready_ns"))),
    }
    assert tuple(columns) == HEADER
    measured = pl.col("scheduled_ns") >= round(facts.warmup_s * 1e9)
    return samples.filter(pl.col("step").is_not_null() & measured).select(**columns)


def _ms(nanoseconds: "pl.Expr") -> "pl.Expr":
    """Whole milliseconds, halves up; a count of nanoseconds is never negative here."""
    return (nanoseconds + _NS_PER_MS // 2) // _NS_PER_MS
