"""What to do about a load generator that is its own bottleneck."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

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
            How("command", "taskset -c 0 plimsoll run SCENARIO", "and what else runs there on the others: "
                f"{', '.join(finding.details.get('others', ())) or 'see the busiest processes'}"),
        )  # fmt: skip
    if cause == "held-up":
        yield _one(
            finding, "find what blocks in the journeys", "immediate", "hours", "none",
            How("code", "await asyncio.sleep(…) instead of time.sleep(…); work that computes for long: "
                "await asyncio.to_thread(…)", "while a journey blocks, no other user goes on"),
        )  # fmt: skip
    if cause == "sharing":
        yield _one(
            finding, "separate the cores of target and load", "immediate", "minutes", "each has fewer cores",
            How("command", "taskset -c 0 plimsoll run SCENARIO",
                "and the target on the other cores: taskset -acp 1-… <pid>"),
        )  # fmt: skip
    yield _one(
        finding, "make the load from other machines", "short-term", "hours", "they must reach the target",
        How("command", "plimsoll run SCENARIO --cluster tcp://scheduler:8786",
            "several machines as one generator: the guide docs/guides/cluster.md"),
    )  # fmt: skip


def _one(finding: Finding, what: str, term: Term, effort: Effort, risk: str, *how: How) -> Recommendation:
    basis = "the generator's own CPU, waits for a core and lateness in this run"
    return replace(made(finding, what, term, effort, risk, *how), effect=TRUE_FIGURES, basis=basis)
