"""`plimsoll scale simulate`: a trace, or a made-up load, and what each policy of scaling would have done on it."""

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from plimsoll.cache.traces.opening import HEAD_BYTES, opened
from plimsoll.core.errors import UsageError
from plimsoll.core.load_line import LoadLine
from plimsoll.core.policy_outcome import PolicyOutcome
from plimsoll.core.units import parse_duration
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.headroom import UTILIZATION
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.making import DEFAULT, POLICIES
from plimsoll.scale.serving import load_log
from plimsoll.scale.simulating.comparing import Conditions, Explained, compare, explain, usual_capacity
from plimsoll.scale.simulating.fleet import Model
from plimsoll.scale.simulating.forms import FORMS, Lines, recognize
from plimsoll.scale.simulating.reading import read_trace
from plimsoll.scale.simulating.recorded import Recorded, recorded
from plimsoll.scale.simulating.shapes import make
from plimsoll.scale.simulating.trace import Trace
from plimsoll.scale.supervisor import places

SCHEMA_VERSION: Final = 1
EXPLAINED_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class TraceSource:
    """A file, a shape to make up, or what was `recorded` of an application that is or was served here. `form` "" is
    told by the content; `step_s` None by the times."""

    path: Path | None = None
    form: str = ""
    step_s: float | None = None
    count: str = ""
    time: str = ""
    shape: str = ""
    seed: int = 1
    seconds: int = 86_400
    level: float = 1.0
    recorded: str = ""


@dataclass(frozen=True, slots=True)
class ScaleRequest:
    """`capacity` None: of a load line, as recorded, or else such that the busiest minute takes 20 workers. `limits`
    None: as recorded, else those of a policy."""

    source: TraceSource
    policies: Sequence[str] = tuple(POLICIES)
    capacity: Capacity | None = None
    load_line: Path | None = None
    measured_with: int = 1
    limits: Limits | None = None
    model: Model = field(default_factory=Model)
    utilization: float = UTILIZATION
    down_window_s: float = 0.0
    explain_at: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ScaleSimulated:
    """`assumed`: nobody told the capacity. `recorded`: what really went on, where the load was recorded here."""

    trace: Trace
    form: str
    left_out: int
    conditions: Conditions
    assumed: bool
    played: Sequence[PolicyOutcome]
    explained: Sequence[Explained]
    explained_policy: str
    recorded: Recorded | None = None

    def to_json(self) -> dict[str, Any]:
        trace, conditions = self.trace, self.conditions
        budget = conditions.limits.budget
        return {
            "schema_version": SCHEMA_VERSION,
            "trace": {
                "name": trace.name, "format": self.form, "seconds": len(trace), "requests": trace.requests,
                "starts_at": _told(trace.starts_at), "step_s": trace.step_s, "rate": trace.rate,
                "missing_steps": trace.missing,
                "left_out": self.left_out, "busiest_minute_per_s": trace.busiest_minute_per_s,
            },
            "conditions": {
                "capacity_per_s": conditions.capacity.one_per_s, "capacity_assumed": self.assumed,
                "contention": conditions.capacity.contention, "coherency": conditions.capacity.coherency,
                "workers_min": conditions.limits.workers_min, "workers_max": conditions.limits.workers_max,
                "connected_workers_max": None if budget is None else budget.workers(),
                "start_s": conditions.model.start_s, "delay_s": conditions.model.delay_s,
                "utilization": conditions.utilization, "down_window_s": conditions.down_window_s,
                "wait_s": conditions.model.wait_s, "patience_s": conditions.model.patience_s,
            },
            "policies": [one.to_json() for one in self.played],
            "recorded": None if self.recorded is None else {
                "worker_hours": self.recorded.worker_hours, "filled_s": self.recorded.filled_s,
            },
            "explained": [{"for": self.explained_policy, **one.to_json()} for one in self.explained],
        }  # fmt: skip


def simulate_scaling(request: ScaleRequest, say: Callable[[str], None] = lambda _: None) -> ScaleSimulated:
    """Reads it whole, then plays it with each policy, which `say` hears of. Raises UsageError."""
    there = _recorded(request.source.recorded) if request.source.recorded else None
    trace, form, left_out = (there.trace, "recorded", 0) if there else load_trace(request.source)
    capacity, limits = request.capacity or _of_load_line(request), request.limits
    if there is not None:
        capacity = capacity or (None if there.capacity is None else Capacity(there.capacity))
        limits = limits or there.limits
    conditions = Conditions(
        capacity or usual_capacity(trace), limits or Limits(), request.model, request.utilization, request.down_window_s
    )
    explained_policy = DEFAULT if DEFAULT in request.policies else request.policies[0]
    seconds = [second_of(text, trace) for text in request.explain_at]
    if len(seconds) > EXPLAINED_MOST:
        raise UsageError("too many times", where="--explain", why=f"at most {EXPLAINED_MOST}", remedy="ask for fewer")
    explained = explain(trace, explained_policy, conditions, seconds) if seconds else []
    played = compare(trace, request.policies, conditions, say)
    return ScaleSimulated(
        trace, form, left_out, conditions, capacity is None, played, explained, explained_policy, there
    )  # fmt: skip


def _recorded(name: str) -> Recorded:
    if not places.is_name(name):
        raise UsageError(f"{name!r:.60} is no name of a served application", where="--history", why=places.NAME_RULE)
    return recorded(name, load_log.read(places.ROOT / name))


def load_trace(source: TraceSource) -> tuple[Trace, str, int]:
    """The trace, its form, and how many lines were left out."""
    if source.path is None:
        return make(source.shape, seconds=source.seconds, seed=source.seed, level=source.level), "made up", 0
    if source.form not in ("", *FORMS):
        why = f'"{source.form}" is none of {", ".join(FORMS)}'
        raise UsageError("wrong --format", why=why, remedy=FORMS[0])
    with opened(source.path) as file:
        form = source.form or recognize(file.peek(HEAD_BYTES)[:HEAD_BYTES], source.path.name)
        lines = Lines(file, source.path.name)
        trace = read_trace(lines, form, step_s=source.step_s, count=source.count, time=source.time)
    return trace, form, lines.left_out


def write_trace(trace: Trace, path: Path) -> None:
    """As CSV that is read again: a date and the requests of each second. Never over a file that is there."""
    begins = trace.starts_at or 0.0
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("timestamp,requests\n")
            for second, count in enumerate(trace.counts):
                file.write(f"{_told(begins + second)},{count:.10g}\n")
    except FileExistsError as error:
        raise UsageError("this file is there already", where=str(path), remedy="another name") from error
    except OSError as error:
        raise UsageError("cannot write the trace", where=str(path), why=error.strerror or os.strerror(0)) from error


def second_of(text: str, trace: Trace) -> int:
    """Of a date, a time of the first day ("13:45"), or a time since the start ("2h30m")."""
    second = -1.0
    try:
        if trace.starts_at is not None and ":" in text:
            day = _told(trace.starts_at)[:10]
            moment = datetime.fromisoformat(text if "-" in text else f"{day} {text.zfill(5)}")
            second = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - trace.starts_at
        else:
            second = parse_duration(text)
    except (UsageError, ValueError):
        second = math.nan
    if not 0 <= second < len(trace):
        tells = f"{_told(trace.starts_at)} to {_told(trace.starts_at + len(trace))}" if trace.starts_at else "undated"
        raise UsageError(
            f'"{text}" is no time within the trace', where="--explain", why=f"it is {len(trace):,} s long, {tells}",
            remedy='for example "2h30m" after its start' + (', "13:45", or a date' if trace.starts_at else ""),
        )  # fmt: skip
    return int(second)


def _told(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _of_load_line(request: ScaleRequest) -> Capacity | None:
    path = request.load_line
    if path is None:
        return None
    try:
        return Capacity.of_load_line(LoadLine.from_json(json.loads(path.read_text("utf-8"))), request.measured_with)
    except OSError as error:
        raise UsageError("cannot read the load line", where=str(path), why=error.strerror or "", remedy="the find.json "
                         "of `plimsoll find`") from error  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("this is no load line", where=str(path), remedy="the find.json of `plimsoll find`") from error
