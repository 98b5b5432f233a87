"""What the options of `plimsoll tune` come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource

WINDOW_MAX_S: Final = 24 * 3600
TIME_MAX_S: Final = 24 * 3600
PLACES: Final = ("own", "beside")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write."""

    out: Path | None = None
    undo: Path | None = None
    html: Path | None = None
    markdown: Path | None = None


def check_outputs(outputs: Outputs) -> None:
    """Raises UsageError for files that could not be written after all the work, or would write over each other."""
    from plimsoll.cli.options import check_writable

    named = [path for path in (outputs.out, outputs.undo, outputs.html, outputs.markdown) if path is not None]
    for path in named:
        check_writable(path)
        if [other.absolute() for other in named].count(path.absolute()) > 1:
            raise UsageError(f"{path} is named twice", why="each of them is another file", remedy="name others")


def request_of(
    *,
    where: tuple[Path | None, str | None, str | None, Sequence[str]],
    run: str | None,
    runs: Path,
    sql: Path | None,
    log: Path | None,
    window: str | None,
    top: int,
    budget: str | None,
    time: str,
    prove: bool,
    clone_on: str,
    clone_max: str,
    schemas: Sequence[str],
    role: str | None,
    settings: Sequence[str],
    kept_root: Path,
) -> "TuneRequest":
    """Raises UsageError for what contradicts itself, RefusedError for what is not there."""
    from plimsoll.cli.seed_options import where_of
    from plimsoll.cli.tune_where import named_of
    from plimsoll.core.units import parse_bytes
    from plimsoll.workflows.tuning.request import TuneRequest

    source = source_of(run, runs, sql, log, window)
    if not prove and clone_on != "own":
        raise UsageError("--clone-on says nothing by itself", why="only a proof makes a copy", remedy="--prove too")
    return TuneRequest(
        where_of(*where),
        source,
        top=top,
        budget_bytes=None if budget is None else _positive(parse_bytes(budget, what="--budget"), "--budget", "500MB"),
        time_s=_span(time, "--time", TIME_MAX_S, "10m"),
        prove=prove,
        clone_on=place_of(clone_on),
        clone_bytes_max=_positive(parse_bytes(clone_max, what="--clone-max"), "--clone-max", "20GB"),
        schemas=tuple(dict.fromkeys(schemas)),
        role=role or "",
        session=dict(map(_setting, settings)),
        kept_root=kept_root,
        named=named_of(*where[:3]),
    )


def source_of(run: str | None, runs: Path, sql: Path | None, log: Path | None, window: str | None) -> "WorkloadSource":
    """Where the workload comes from. Raises UsageError where that is said twice."""
    from plimsoll.runs.directory import find_run
    from plimsoll.workflows.tuning.request import WorkloadSource

    given = [name for name, value in (("--run", run), ("--sql", sql), ("--log", log), ("--window", window)) if value]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} contradict each other",
            why="the workload comes from one place",
            remedy="leave all but one out",
        )
    for path in (sql, log):
        if path is not None and not path.is_file():
            raise UsageError(f"cannot read {path}", why="there is no such file")
    window_s = None if window is None else _span(window, "--window", WINDOW_MAX_S, "10m")
    return WorkloadSource(None if run is None else find_run(runs, run).path, sql, log, window_s)


def place_of(text: str) -> str:
    """own, beside, or a DSN. Raises UsageError for another word, RefusedError where a variable is not set."""
    from plimsoll.cli.options import dsn_of

    if text in PLACES:
        return text
    if not ("://" in text or "=" in text or text.startswith("env:")):
        raise UsageError(
            "wrong --clone-on",
            why=f"{text!r} is neither own, beside nor a DSN",
            remedy="--clone-on own, --clone-on beside, or --clone-on env:NAME",
        )
    found = dsn_of(text, where="--clone-on")
    assert found is not None
    return found.reveal()


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError("wrong --set", why="it is no NAME=VALUE", remedy="--set app.tenant_id=7")
    return name.strip(), value


def _positive(size: int, what: str, example: str) -> int:
    if size <= 0:
        raise UsageError(f"wrong {what}", why="nothing fits into 0 bytes", remedy=f"{what} {example}")
    return size


def _span(text: str, what: str, most_s: float, example: str) -> float:
    from plimsoll.core.units import format_duration, parse_duration

    seconds = parse_duration(text, what=what)
    if not 0 < seconds <= most_s:
        raise UsageError(
            f"wrong {what}",
            why=f"{text!r} is not above 0 and at most {format_duration(most_s)}",
            remedy=f"{what} {example}",
        )
    return seconds
