"""Evidence in, a diagnosis out: every rule asked, findings ranked, and a verdict. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.next_limit import next_limit
from plimsoll.analyze.priority import in_order
from plimsoll.analyze.ranking import ranked
from plimsoll.analyze.recommending import (
    capacity,
    connections,
    cpu,
    database_statements,
    errors,
    generator,
    memory,
    network,
    storage,
    waiting,
    workers,
)
from plimsoll.analyze.recommending.of_files import advice_of_a_file, finding_of_a_file
from plimsoll.analyze.relating import without_explained
from plimsoll.analyze.rules import (
    application_errors,
    at_capacity,
    cache_misses,
    chatty_requests,
    conflicts,
    connection_exhaustion,
    cpu_saturation,
    cpu_withheld,
    disk_io,
    error_classes,
    generator_saturated,
    idle_transaction,
    internal_locks,
    lock_contention,
    memory_pressure,
    missing_index,
    n_plus_one,
    network_latency,
    network_throughput,
    pool_exhaustion,
    rate_limit,
    replication_lag,
    slow_statement,
    temp_files,
    transaction_pauses,
    vacuum_bloat,
    wal_checkpoints,
    workers_held,
)
from plimsoll.analyze.verdicts import Judged, believed, judge, seen_of_target
from plimsoll.core.analysis import NextLimit, Verdict
from plimsoll.core.finding import Finding, Recommendation

Rule = Callable[[Evidence], Iterable[Finding]]
Advice = Callable[[Finding, Evidence], Iterable[Recommendation]]
RULES: Final[tuple[Rule, ...]] = (
    missing_index.examine,
    lock_contention.examine,
    conflicts.examine,
    internal_locks.examine,
    idle_transaction.examine,
    connection_exhaustion.examine,
    pool_exhaustion.examine,
    workers_held.examine,
    error_classes.examine,
    application_errors.examine,
    rate_limit.examine,
    network_latency.examine,
    network_throughput.examine,
    transaction_pauses.examine,
    replication_lag.examine,
    cpu_saturation.examine,
    at_capacity.examine,
    memory_pressure.examine,
    disk_io.examine,
    wal_checkpoints.examine,
    generator_saturated.examine,
    slow_statement.examine,
    n_plus_one.examine,
    chatty_requests.examine,
    temp_files.examine,
    cache_misses.examine,
    vacuum_bloat.examine,
    cpu_withheld.examine,
)  # fmt: skip  # one a line
ADVICE: Final[tuple[Advice, ...]] = (
    database_statements.recommend,
    waiting.recommend,
    connections.recommend,
    workers.recommend,
    errors.recommend,
    network.recommend,
    cpu.recommend,
    memory.recommend,
    storage.recommend,
    generator.recommend,
    capacity.recommend,
)  # fmt: skip
FINDINGS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Diagnosis:
    verdict: Verdict
    because: str
    findings: Sequence[Finding]
    recommendations: Sequence[Recommendation]
    next_limit: NextLimit | None = None


def diagnose(evidence: Evidence) -> Diagnosis:
    """Findings the weightiest first. Of a run that may not be believed what made it so is said, and below it what was
    seen of the target where it is the target that did."""
    found = [finding for rule in RULES for finding in rule(evidence)]
    told = [without_explained(believed(evidence, found)), seen_of_target(evidence, found)]
    findings = [one for group in told for one in ranked(group, evidence.goals_missed)][:FINDINGS_MAX]
    given: Iterable[Recommendation] = (
        one for finding in findings for give in ADVICE for one in give(finding, evidence)
    )
    if evidence.is_of_a_file:
        findings, given = [finding_of_a_file(finding) for finding in findings], advice_of_a_file(given)
    judged: Judged = judge(evidence, findings)
    advice = in_order(findings, given)
    limit = next_limit(evidence) if judged.verdict == "healthy" else None
    return Diagnosis(judged.verdict, judged.because, findings, advice, limit)
