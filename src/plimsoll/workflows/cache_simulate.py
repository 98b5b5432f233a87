"""`plimsoll cache simulate`: a trace of requests, and what each policy would reach on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from plimsoll.cache.traces.reading import How, ReadTrace, read_trace
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.eviction.simulation.comparing import Compared, compare
from plimsoll.core.eviction.simulation.sizes import SIZES_MAX, Size

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """`by`: what percentages are of. "entries": sizes of the trace are left out of account. "bytes": it must have them.
    "": bytes where it has sizes."""

    trace: Path
    sizes: Sequence[Size]
    how: How = field(default_factory=How)
    policies: Sequence[str] = tuple(POLICIES)
    by: Literal["", "entries", "bytes"] = ""
    optimum: bool = True


@dataclass(frozen=True, slots=True)
class Simulated:
    file: str
    read: ReadTrace
    compared: Compared

    def to_json(self) -> dict[str, Any]:
        trace = self.read.trace
        return {
            "schema_version": SCHEMA_VERSION,
            "trace": {
                "file": self.file, "format": self.read.form, "requests": len(trace), "keys": trace.unique,
                "bytes": trace.unique_weight if trace.sized else None, "sample": self.read.sample,
                "left_out": self.read.left_out, "cut_because": self.read.cut_because,
            },
            "hit_ratio_max": round(self.compared.repeated, 6),
            "policies": list(self.compared.policies),
            "sizes": [one.to_json(sized=trace.sized) for one in self.compared.sizes],
        }  # fmt: skip


def simulate_trace(request: SimulateRequest, say: Callable[[str], None] = lambda _: None) -> Simulated:
    """Reads it whole, then each size in turn, which `say` hears of. Raises UsageError."""
    if len(request.sizes) > SIZES_MAX:
        raise UsageError(
            "too many sizes", where="--size", why=f"{len(request.sizes)} of at most {SIZES_MAX}", remedy="ask for fewer"
        )
    read = read_trace(request.trace, request.how)
    if request.by == "entries":
        read = replace(read, trace=read.trace.without_sizes())
    elif request.by == "bytes" and not read.trace.sized:
        raise UsageError(
            "this trace has no sizes", where=request.trace.name, why="so --by bytes cannot be simulated",
            remedy="--by entries, or a trace with sizes",
        )  # fmt: skip
    compared = compare(
        read.trace, request.policies, request.sizes, sample=read.sample, optimum=request.optimum, say=say
    )
    return Simulated(request.trace.name, read, compared)
