"""What was decided: how many workers, from what, which rule bound, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.scaling import stepped

RULES: Final[Mapping[str, str]] = {
    "load": "{rate:.4g} requests/s over {seconds:.0f} s are the work of {erlangs:.3g} workers; with {headroom} to "
    "spare that is {asked}",
    "rising": "{rate:.4g} requests/s are expected by the last {seconds:.0f} s and their trend, the work of "
    "{erlangs:.3g} workers; with {headroom} to spare that is {asked}",
    "burst": "{rate:.4g} requests/s, by the last {seconds:.0f} s and their trend, are more than is ready: {asked}",
    "lately": "a burst within the last {seconds:.0f} s asked for {asked}, and it may come back",
    "backlog": "{queue:.0f} requests wait; to serve them within {seconds:.0f} s takes {asked}",
    "rush": "{rate:.4g} requests/s came in the last second, more than chance above the {carried:.4g} that are carried: "
    "{asked}",
    "waiting": "{queue:.0f} requests wait, and what a worker carries is not known yet: one more",
    "yesterday": "{rate:.4g} requests/s are expected, by yesterday at this time and today's level, which takes {asked}",
    "short": "requests wait, or more come than is carried: nobody goes meanwhile",
    "saved": "{why}; Knative's rule would have {ruled}, and what was saved of its worker-hours pays for {asked}",
    "spent": "{why}; Knative's rule would have {ruled}, and what was saved of its worker-hours pays for {asked}",
    "dead-band": "{asked} would do, which is less than {band:.0%} below: that may be chance",
    "cpu": "CPU is at {value:.0%}, above {limit:.0%}",
    "memory": "memory is at {value:.0%}, above {limit:.0%}",
    "latency_s": "latency is {value:.3g} s, above {limit:.3g} s",
    "queue": "{value:.3g} requests wait, more than {limit:.3g}",
    "quiet": "everything that is measured is below its lower threshold",
    "steady": "nothing is above its upper threshold, and not everything below its lower one",
    "target": "{metric} is {value:.3g} where {limit:.3g} is aimed at, which asks for {asked}",
    "tolerance": "{metric} is {value:.3g}, within {tolerance:.0%} of the {limit:.3g} that is aimed at",
    "stable": "{value:.4g} on average over {seconds:.0f} s, at {limit:.4g} a worker, is {asked}",
    "panic": "{value:.4g} on average over {seconds:.0f} s; no worker is taken away until it was calm for {calm:.0f} s",
    "up-rate": "{asked} are asked for, and at most {most} may run so soon",
    "down-rate": "{asked} are enough, and one step down ends at {most}",
    "down-window": "{asked} are enough now, but {most} were needed within the last {seconds:.0f} s",
    "cooldown": "{asked} are asked for, and the last change is {since:.0f} s ago: it waits for {seconds:.0f} s",
    "peak": "{asked} are asked for, but beyond {most} more workers carry less",
    "unknown": "{trouble}: nobody is taken away for what is not known",
    "min": "{asked} are enough, and the minimum is {most}",
    "max": "{asked} are asked for, and the maximum is {most}",
    "machine": "{asked} are asked for, and {value:.0%} of the machine's memory is in use: nobody is added above "
    "{limit:.0%}",
    "connections": "{asked} are asked for, and the database has connections for {most}: what is more is to be shed"
    "{stay}",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a policy wants before limits: the rule, and the numbers that fill its sentence."""

    workers: int
    rule: str
    numbers: Mapping[str, Any]

    @property
    def because(self) -> str:
        return RULES[self.rule].format_map({"asked": self.workers, "stay": "", **self.numbers})


@dataclass(frozen=True, slots=True)
class Decision:
    """`wanted` workers where there were `before` (ready and starting). `rule` is what bound, a key of RULES.

    `asked` is what the load alone asks for, before limits. `admit_per_s`: what may be let in, where limits keep fewer
    workers than the load asks for; the rest is to be refused. None: everything.
    """

    at: float
    policy: str
    before: int
    wanted: int
    asked: int
    rule: str
    numbers: Mapping[str, Any]
    inputs: Mapping[str, float]
    admit_per_s: float | None = None

    @property
    def because(self) -> str:
        return Ask(self.asked, self.rule, self.numbers).because

    @property
    def summary(self) -> str:
        """One line: what is done, and why."""
        shed = f"; let in {self.admit_per_s:.4g}/s" if self.admit_per_s is not None else ""
        return f"{stepped(self.before, self.wanted)}: {self.because}{shed}"

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at, "policy": self.policy, "before": self.before, "wanted": self.wanted, "asked": self.asked,
            "rule": self.rule, "because": self.because, "inputs": dict(self.inputs), "admit_per_s": self.admit_per_s,
        }  # fmt: skip
