"""What to do about a load generator that is its own bottleneck."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.analyze.evidence.cpu_use import pinned_cores
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.analyze.rules.generator_saturated import KIND
from plimsoll.core.finding import Effort, Finding, How, Recommendation, Term

TRUE_FIGURES: Final = "figures of the target instead of the generator's"


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.kind != KIND:
        return
    cause, processes = finding.details.get("cause"), evidence.setting.processes
    if cause == "work":
        yield _one(
            finding, "let more processes make the load", "immediate", "minutes", "needs a core for each",
            How("command", f"plimsoll run SCENARIO --processes {2 * processes}", "up to the machine's cores"),
        )  # fmt: skip
    if cause == "starved":
        yield _one(
            finding, "give the load generator cores of its own", "immediate", "minutes", "others have fewer then",
            *_of_its_own(evidence, ", ".join(finding.details.get("others", ())) or "see the busiest processes"),
        )  # fmt: skip
    if cause == "held-up":
        yield _one(
            finding, "find what blocks in the journeys", "immediate", "hours", "none",
            How("code", "await asyncio.sleep(…) instead of time.sleep(…); work that computes for long: "
                "await asyncio.to_thread(…)", "while a journey blocks, no other user goes on"),
        )  # fmt: skip
    if cause in ("sharing", "target"):
        yield _one(
            finding, "separate the cores of target and load", "immediate", "minutes", "each has fewer cores",
            *_of_its_own(evidence, "the target: taskset -acp <other cores> <pid>"),
        )  # fmt: skip
    yield _one(
        finding, "make the load from other machines", "short-term", "hours", "they must reach the target",
        How("command", "plimsoll run SCENARIO --cluster tcp://scheduler:8786",
            "several machines as one generator: the guide docs/guides/cluster.md"),
    )  # fmt: skip


def _of_its_own(evidence: Evidence, others: str) -> list[How]:
    """As many cores as it has processes, none of which the target is pinned to."""
    cores, taken = round(evidence.gauges.mean("host_cpu_cores") or 0), pinned_cores(evidence)
    free = [core for core in range(cores) if core not in taken]
    wanted = evidence.setting.processes
    if cores and min(len(free), cores - 1) < wanted:
        pinned = f", and the target is pinned to {_list(taken)}" if taken else ""
        few = f"the machine has {cores} cores{pinned}: too few for {wanted} of the generator's own"
        return [How("check", few, "then make the load from another machine")]
    chosen = free[-wanted:] if cores else []
    where = _list(chosen) if chosen else "<a core for each process>"
    said = f"; the target is pinned to {_list(taken)}" if taken else ""
    return [
        How(
            "command",
            f"taskset -c {where} plimsoll run SCENARIO",
            f"and what else runs there on others: {others}{said}",
        )
    ]


def _list(cores: Sequence[int]) -> str:
    return ",".join(map(str, cores))


def _one(finding: Finding, what: str, term: Term, effort: Effort, risk: str, *how: How) -> Recommendation:
    basis = "the generator's own CPU, waits for a core and lateness in this run"
    return replace(made(finding, what, term, effort, risk, *how), effect=TRUE_FIGURES, basis=basis)
