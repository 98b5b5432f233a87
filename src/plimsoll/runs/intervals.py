"""`intervals.jsonl`: one merged interval a line, flushed as it happens, so that a killed run can still be read."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, HttpUse, Interval, JourneyInterval, StepInterval
from plimsoll.core.interval_point import load_point

_SCALARS = (
    "start_s",
    "width_s",
    "warmup",
    "users",
    "target_users",
    "target_rate_per_s",
    "retries",
    "reconnects",
    "incomplete",
    "samples_lost",
    "samples_uncounted",
    "waiting",
    "carried",
    "generator_memory_bytes",
    "server_memory_bytes",
)
_LATER = frozenset(("carried",))  # lines of runs made before it was written lack it


class IntervalWriter:
    """Appends intervals; a write that fails (a full disk) is counted in `lost`, never raised.

    Nothing is buffered: a line is on its way to the disk when `write` returns, or was cut short and is closed off by
    the next, so that one that does not fit spoils no other.
    """

    def __init__(self, path: Path) -> None:
        self.lost = 0
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._torn = False

    def write(self, interval: Interval) -> None:
        line = (b"\n" if self._torn else b"") + _to_line(interval).encode()
        try:
            written = self._file.write(line)
        except OSError:
            written = 0
        if written != len(line):
            self._torn = self._torn or written > 0
            self.lost += 1
        else:
            self._torn = False

    def close(self) -> None:
        self._file.close()


def read_intervals(path: Path, damaged: list[int] | None = None) -> Iterator[Interval]:
    """The intervals of a run; damaged lines (a crash or a full disk cut them) are left out, their numbers put into
    `damaged`, as they are come upon.

    Raises RunDirectoryError when the file cannot be opened.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from _readable(lines, [] if damaged is None else damaged)
    except OSError as error:
        raise RunDirectoryError("cannot read the run's intervals", where=str(path), why=error.strerror or "") from error


def _readable(lines: Iterable[str], damaged: list[int]) -> Iterator[Interval]:
    for number, line in enumerate(lines, start=1):
        try:
            yield _from_json(json.loads(line))
        except (ValueError, KeyError, TypeError):
            damaged.append(number)


def _to_line(interval: Interval) -> str:
    use = interval.generator
    data: dict[str, Any] = {"load": load_point(interval).to_json()}  # first: `runs.follower` reads no further
    data |= {name: getattr(interval, name) for name in _SCALARS}
    data["generator"] = [use.cpu_s, use.run_delay_s, use.wall_s, use.blocked_s]
    data["wait"] = _pack(interval.wait)
    data["lag"] = _pack(interval.lag)
    data["steps"] = [[journey, name, *_step_to_json(step)] for (journey, name), step in interval.steps.items()]
    data["journeys"] = [
        [name, item.count, item.errors, _pack(item.latency), item.dropped, item.incomplete, _pack(item.failed)]
        for name, item in interval.journeys.items()
    ]
    return json.dumps(data, separators=(",", ":")) + "\n"


def _step_to_json(step: StepInterval) -> list[Any]:
    http = None
    if step.http is not None:
        spans = (step.http.first_byte, step.http.connect, step.http.tls)
        http = [*map(_pack, spans), step.http.sent, step.http.received]
    return [
        step.kind,
        step.count,
        step.error_classes,
        _pack(step.latency),
        _pack(step.service),
        http,
        _pack(step.failed),
    ]


def _http(data: list[Any] | None) -> HttpUse | None:
    if data is None:
        return None
    first_byte, connect, tls, sent, received = data
    return HttpUse(_unpack(first_byte), _unpack(connect), _unpack(tls), sent, received)


def _from_json(data: dict[str, Any]) -> Interval:
    return Interval(
        **{name: data[name] for name in _SCALARS if name in data or name not in _LATER},
        generator=GeneratorUse(*data["generator"]),
        wait=_unpack(data["wait"]),
        lag=_unpack(data["lag"]),
        steps={
            (journey, name): StepInterval(
                kind, count, errors, _unpack(latency), _unpack(service), _http(http), _unpack(failed)
            )
            for journey, name, kind, count, errors, latency, service, http, failed in data["steps"]
        },
        journeys={
            name: JourneyInterval(count, errors, _unpack(latency), dropped, incomplete, _unpack(failed))
            for name, count, errors, latency, dropped, incomplete, failed in data["journeys"]
        },
    )


def _pack(histogram: Histogram) -> str:
    return base64.b64encode(histogram.to_bytes()).decode("ascii") if histogram.count else ""


def _unpack(text: str) -> Histogram:
    return Histogram.from_bytes(base64.b64decode(text, validate=True)) if text else Histogram()
